import type { Address, Group, ScopeKey, SubjectId, SubjectRecord } from '@ledger/domain'
import {
  liveLinks,
  normaliseAddress,
  scopeKey,
  sharedRegisters,
  stateOf,
  stateOfSubject,
} from '@ledger/domain'
import type { QueryDeps } from '@ledger/read-models'
import type { Entry, Person, Tie } from './entry.ts'
import type { Fold } from './folded.ts'

/** A refusal that the law would let go and a client of Braze expects to stand: say it again. */
export type Kept = {
  readonly path: string
  readonly address: Address
  /** The id of a group, or null for all e-mail. */
  readonly group: string | null
  readonly reason: string
}

export type KeepDeps = Pick<QueryDeps, 'book' | 'readModel' | 'now'> & {
  readonly fold: Fold
}

const allEmail: ScopeKey = scopeKey({ family: 'email' })

const externalAddress = (value: string): Address => ({ kind: 'external-id', value })
const keysOf = ({ externalId, addresses }: Person): readonly Address[] => [
  ...addresses,
  ...(externalId === undefined ? [] : [externalAddress(externalId)]),
]

/** How many subjects are folded at the log for one person. */
const kinMax = 64

/**
 * The records of these keys and of all that their links reach, from the log. Where one address is
 * everybody's, that would be thousands of streams; then the read model must do.
 */
async function foldKeys({ book, fold, readModel }: KeepDeps, keys: readonly Address[]) {
  const found = await book.find(keys.map(normaliseAddress))
  const known = found.flatMap((subject) => subject ?? [])
  const records = new Map<SubjectId, SubjectRecord>()
  const wanted = new Set(known)
  for (const subject of wanted) {
    if (wanted.size > kinMax) {
      const { rows } = await readModel.snapshot(known)
      return { found, known, record: (each: SubjectId) => rows.get(each)?.record }
    }
    const record = await fold(subject)
    if (record === undefined) continue
    records.set(subject, record)
    for (const { other } of Object.values(record.links)) wanted.add(other)
  }
  return { found, known, record: (each: SubjectId) => records.get(each) }
}

/**
 * The refusals of all e-mail that a backend's opt-in to one group must leave as they are. At Braze
 * the global state masks the groups, and subscribing to one does not lift it; in the law an opt-in
 * to a group reopens its own part of a wider opt-out. A refusal on the person's word is not among
 * them, since no backend lifts it, and a person's own opt-in to a group is left to the law.
 */
export async function globalRefusals(
  deps: KeepDeps,
  group: Group,
  { path, person }: Entry,
): Promise<readonly Kept[]> {
  const keys = keysOf(person).filter(({ kind }) => kind === 'email' || kind === 'external-id')
  const { known, record } = await foldKeys(deps, keys)
  // An opt-in of an external id reaches what it owns; the id itself while it owns no address.
  const reached = known.flatMap((subject) => {
    const own = record(subject)
    const owned = (own?.kind === 'external-id' ? liveLinks(own) : []).filter(
      ({ relation }) => relation === 'owner',
    )
    const hasEmail = owned.some(({ otherKind }) => otherKind === 'email')
    return [...owned.map(({ other }) => other), ...(hasEmail ? [] : [subject])]
  })
  const refusing = [...new Set(reached)].filter((subject) => {
    const wide = sharedRegisters(subject, record)[allEmail]
    if (wide === undefined) return false
    // The state that this scope alone would give: nothing narrower has a say.
    const { isOptOutStanding, authority } = stateOf(group, { [allEmail]: wide }, deps.now())
    return isOptOutStanding && authority !== 'person'
  })
  const reason = 'a refusal of all e-mail stands'
  return (await deps.book.reveal(refusing)).flatMap((address) =>
    address === null ? [] : [{ path, address, group: null, reason }],
  )
}

/**
 * What either end of a new tie had refused, on a backend's word. The two become one person, who
 * shares opt-ins from then on, so that a yes at one end would lift an older no at the other.
 */
export async function refusalsBeforeTie(
  deps: KeepDeps,
  groups: readonly Group[],
  { path, externalId, from }: Tie,
): Promise<readonly Kept[]> {
  if (externalId === undefined) return []
  const ends = [from, externalAddress(externalId)]
  const { found, record } = await foldKeys(deps, ends)
  const at = deps.now()
  const isRefused = (group: Group, subject: SubjectId): boolean => {
    const { state, authority } = stateOfSubject(group, subject, record, at)
    return state === 'unsubscribed' && authority !== 'person'
  }
  return ends.flatMap((address, end) => {
    const subject = found[end]
    if (!subject) return []
    return groups
      .filter((group) => isRefused(group, subject))
      .map(({ id }) => ({ path, address, group: id, reason: 'it was refused before the tie' }))
  })
}
