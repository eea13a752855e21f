import type {
  Address,
  Group,
  GroupId,
  Micros,
  NormalAddress,
  Permission,
  Position,
  StateAnswer,
  SubjectId,
} from '@ledger/domain'
import { normaliseAddress, permissionOf } from '@ledger/domain'
import type { AddressBook, EventReader } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import type { Freshness } from './freshness.ts'
import { freshnessOf } from './freshness.ts'
import type { FoldedRow } from './pair-answer.ts'
import { pairAnswer } from './pair-answer.ts'
import type { ReadModelReader } from './read-model.ts'
import { readGroups } from './read-groups.ts'
import type { AsOf } from './strong-read.ts'
import { foldWithKin } from './strong-read.ts'
import type { Visibility } from './visibility.ts'

export type QueryDeps = {
  readonly readModel: ReadModelReader
  readonly reader: EventReader
  readonly book: Pick<AddressBook, 'find' | 'reveal'>
  readonly visibility: Visibility
  readonly now: () => Micros
}

/** How fresh an answer must be, and as of when. */
export type ReadOptions = {
  /** Wait until this position is visible. */
  readonly atLeast?: Position | undefined
  /**
   * `strong` folds the streams at the log itself; what is out of reach is an outage, never a yes.
   */
  readonly consistency?: 'window' | 'strong' | undefined
  readonly at?: Micros | undefined
  readonly knownAt?: Micros | Position | undefined
}

/** A consistent look at some subjects, from the read model or from the log. */
export type Look = {
  readonly rows: ReadonlyMap<SubjectId, FoldedRow>
  readonly groups: ReadonlyMap<GroupId, Group>
  readonly freshness: Freshness
  /** The instant the answers are for. */
  readonly at: Micros
  readonly isStrong: boolean
}

/** Reads what is needed to answer about these subjects. Rejects with an `Outage`. */
export async function look(
  deps: QueryDeps,
  subjects: readonly SubjectId[],
  options: ReadOptions,
): Promise<Look> {
  const { readModel, reader, now, visibility } = deps
  const { atLeast } = options
  const isAsOf = options.at !== undefined || options.knownAt !== undefined
  if (!isAsOf && options.consistency !== 'strong') {
    if (atLeast !== undefined) await visibility.waitFor(atLeast)
    const { checkpoint, rows, groups } = await readModel.snapshot(subjects)
    const at = now()
    return { rows, groups, freshness: freshnessOf(checkpoint, at), at, isStrong: false }
  }
  const startedAt = now()
  const head = await reader.head()
  // What is asked of the log itself need not wait for the read model.
  if (atLeast !== undefined && (head === null || head < atLeast)) {
    throw new Outage('not-yet-visible')
  }
  // Who asks of no instant gets all that is recorded, also what a clock set back has yet to reach.
  const { at: inForceBy = Number.MAX_SAFE_INTEGER, knownAt = Number.MAX_SAFE_INTEGER } = options
  const asOf: AsOf = { at: inForceBy, knownAt }
  const [rows, groups, checkpoint] = await Promise.all([
    foldWithKin(reader, subjects, asOf),
    readGroups(reader),
    readModel.checkpoint(),
  ])
  const proven = { position: head, asOf: startedAt, parked: checkpoint.parked }
  const at = options.at ?? startedAt
  return { rows, groups, freshness: freshnessOf(proven, now()), at, isStrong: true }
}

export type StateResult = {
  readonly address: Address
  /** Null when nobody can be reached there, and nothing was ever recorded under it. */
  readonly answer: StateAnswer | null
}

export type GroupQuery = ReadOptions & {
  readonly group: GroupId
  readonly addresses: readonly Address[]
}

export type StatesAnswer = {
  readonly group: Group | undefined
  readonly results: readonly StateResult[]
  readonly look: Look
}

/** The states of many addresses in one group, in the order asked. */
export async function queryStates(deps: QueryDeps, query: GroupQuery): Promise<StatesAnswer> {
  const normal: readonly NormalAddress[] = query.addresses.map(normaliseAddress)
  const subjects = await deps.book.find(normal)
  const known = subjects.filter((subject) => subject !== null)
  const seen = await look(deps, known, query)
  const group = seen.groups.get(query.group)
  const find = (subject: SubjectId): FoldedRow | undefined => seen.rows.get(subject)
  const results = query.addresses.map((address, index): StateResult => {
    const subject = subjects[index] ?? null
    const isReachable = normal[index]?.isParsable === true
    if (group === undefined || (subject === null && !isReachable)) return { address, answer: null }
    // Nobody's subject answers like one about whom nothing was recorded.
    return { address, answer: pairAnswer(group, subject ?? nobody, find, seen.at) }
  })
  return { group, results, look: seen }
}

const nobody = '' as SubjectId

export type PermissionResult = Permission & {
  readonly address: Address
  readonly answer: StateAnswer | null
}

export type PermissionsAnswer = {
  readonly results: readonly PermissionResult[]
  readonly look: Look
}

/**
 * The pre-send gate: may each of these be messaged on this group, and why. Never an unexplained no,
 * never a yes that rests on a read model outside its window.
 */
export async function queryPermissions(
  deps: QueryDeps,
  query: GroupQuery,
): Promise<PermissionsAnswer> {
  const { group, results, look: seen } = await queryStates(deps, query)
  const isStale = !seen.isStrong && !seen.freshness.withinWindow
  return {
    look: seen,
    results: results.map(({ address, answer }) => {
      const isReachable = normaliseAddress(address).isParsable
      return { address, answer, ...permission(group, answer, isReachable, isStale) }
    }),
  }
}

function permission(
  group: Group | undefined,
  answer: StateAnswer | null,
  isReachable: boolean,
  isStale: boolean,
): Permission {
  if (group === undefined) return { permitted: false, reason: isStale ? 'stale' : 'unknown-group' }
  if (!isReachable || answer === null) return { permitted: false, reason: 'invalid-address' }
  return permissionOf(group, answer, isStale)
}
