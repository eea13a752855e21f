import type { Group, GroupId, LedgerEvent, Micros, Position, Registers } from '@ledger/domain'
import type { ScopeKey, SubjectEvent, SubjectId } from '@ledger/domain'
import {
  applyEvent,
  coveringScopes,
  emptyRecord,
  isSubjectEvent,
  kinOf,
  scopeCovers,
  scopeOfKey,
} from '@ledger/domain'
import { applyGroupEvent } from '@ledger/ledger'
import type { FindRow } from './pair-answer.ts'
import { isBlank, isCounted, pairAnswer } from './pair-answer.ts'
import type { FeedPlace, ProjectionBatch } from './projection-batch.ts'
import type { SubjectRow } from './read-model.ts'

/** The part of the read model that a projection works on: loaded before, changed in place. */
export type World = {
  readonly groups: Map<GroupId, Group>
  readonly rows: Map<SubjectId, SubjectRow>
}

/** One step of the projection: what is being applied, when, and where its changes go. */
export type Step = {
  readonly world: World
  readonly batch: ProjectionBatch
  readonly place: FeedPlace
  readonly at: Micros
}

/**
 * Applies one event of a subject's stream. `refolded` is the record of the whole stream up to this
 * event, given when the event voids others (`applyEvent` cannot subtract).
 */
export function projectSubjectEvent(
  step: Step,
  subject: SubjectId,
  event: SubjectEvent,
  refolded?: SubjectRow['record'],
): void {
  const { world } = step
  const before = world.rows.get(subject)
  const kind = 'kind' in event.data ? event.data.kind : (before?.record.kind ?? 'unknown')
  const base = before?.record ?? emptyRecord(kind)
  const record = refolded ?? applyEvent(base, event)
  if (record === null) throw new Error('a correction needs its subject refolded')
  if (record === before?.record) return
  const scopes = touchedScopes(world, subject, event, base.registers, record.registers)
  replaceRow(step, subject, { record, parked: before?.parked ?? [] }, scopes, step.at)
}

/** Holds a subject because an event about it could not be applied. */
export function projectParked(step: Step, subject: SubjectId, position: Position): void {
  const before = step.world.rows.get(subject)
  const record = before?.record ?? emptyRecord('unknown')
  const row = { record, parked: [...(before?.parked ?? []), position] }
  replaceRow(step, subject, row, 'every', step.at)
}

/** Lets what has run out at `step.at` take effect for these subjects and their kin, each pair once. */
export function projectExpiry(step: Step, subjects: readonly SubjectId[]): void {
  const { world, batch } = step
  const find: FindRow = (each) => world.rows.get(each)
  const affected = new Set<SubjectId>()
  const scopes = new Set<ScopeKey>()
  for (const subject of subjects) {
    const row = find(subject)
    if (row === undefined) continue
    // Written again for the sake of its next expiry.
    batch.putSubject(subject, row)
    for (const kin of kinOf(subject, (each) => find(each)?.record)) affected.add(kin)
    for (const key of Object.keys(row.record.registers)) scopes.add(key as ScopeKey)
  }
  const groups = groupsOf(world, [...scopes])
  for (const each of affected) {
    for (const group of groups) putPair(step, group, each, find, find, step.at - 1)
  }
}

/** Applies a group's event; `waiting` are the subjects recorded under scopes that reach a new group. */
export function projectGroupEvent(
  step: Step,
  event: LedgerEvent,
  waiting: readonly SubjectId[],
): void {
  if (isSubjectEvent(event) || !('group' in event.data)) return
  const id = event.data.group
  const isNew = !step.world.groups.has(id)
  applyGroupEvent(step.world.groups, event)
  const group = step.world.groups.get(id)
  if (group === undefined) return
  step.batch.putGroup(group)
  if (!isNew) return
  const find: FindRow = (subject) => step.world.rows.get(subject)
  // Before there was a group there was nothing to say of it.
  for (const subject of waiting) putPair(step, group, subject, () => undefined, find, step.at)
}

/** The scopes under which subjects wait for a group that is about to be defined. */
export const scopesReaching = (group: Group): readonly ScopeKey[] =>
  coveringScopes(group).map(({ key }) => key)

function touchedScopes(
  world: World,
  subject: SubjectId,
  event: SubjectEvent,
  before: Registers,
  after: Registers,
): readonly ScopeKey[] {
  if ('scope' in event.data) return [event.data.scope]
  const find: FindRow = (each) => world.rows.get(each)
  const touched = new Set([...Object.keys(before), ...Object.keys(after)])
  const ends = 'other' in event.data ? [subject, event.data.other] : [subject]
  for (const end of ends) {
    for (const kin of kinOf(end, (each) => find(each)?.record)) {
      for (const key of Object.keys(find(kin)?.record.registers ?? {})) touched.add(key)
    }
  }
  return [...touched] as ScopeKey[]
}

function replaceRow(
  step: Step,
  subject: SubjectId,
  row: SubjectRow,
  scopes: readonly ScopeKey[] | 'every',
  beforeAt: Micros,
): void {
  const { world, batch } = step
  const before = world.rows.get(subject)
  world.rows.set(subject, row)
  batch.putSubject(subject, row)
  indexScopes(step, subject, before, row)

  const after: FindRow = (each) => world.rows.get(each)
  const earlier: FindRow = (each) => (each === subject ? before : world.rows.get(each))
  const hasLinks = Object.keys(row.record.links).length > 0
  const affected = hasLinks ? kinOf(subject, (each) => after(each)?.record) : [subject]
  const groups = groupsOf(world, scopes)
  for (const each of affected) {
    for (const group of groups) putPair(step, group, each, earlier, after, beforeAt)
  }
}

function putPair(
  step: Step,
  group: Group,
  subject: SubjectId,
  earlier: FindRow,
  later: FindRow,
  beforeAt: Micros,
): void {
  const before = pairAnswer(group, subject, earlier, beforeAt)
  const after = pairAnswer(group, subject, later, step.at)
  const wasCounted = isCounted(earlier(subject))
  const counted = isCounted(later(subject))
  const isSame =
    before.decisiveEventId === after.decisiveEventId &&
    before.state === after.state &&
    before.held === after.held &&
    before.sendBlock === after.sendBlock &&
    wasCounted === counted
  if (isSame) return
  const kind = later(subject)?.record.kind ?? 'unknown'
  step.batch.putPair(
    {
      ...{ subject, kind, group: group.id, before, after, wasCounted },
      ...{ isCounted: counted, isBlank: isBlank(after), at: step.at },
    },
    step.place,
  )
}

function groupsOf(world: World, scopes: readonly ScopeKey[] | 'every'): readonly Group[] {
  if (scopes === 'every') return sorted([...world.groups.values()])
  const [only, ...others] = scopes
  if (only !== undefined && others.length === 0 && only.startsWith('group:')) {
    const group = world.groups.get(only.slice('group:'.length) as GroupId)
    return group === undefined ? [] : [group]
  }
  const parsed = scopes.map(scopeOfKey)
  const covered = [...world.groups.values()].filter((group) =>
    parsed.some((scope) => scopeCovers(scope, group)),
  )
  return sorted(covered)
}

const sorted = (groups: Group[]): readonly Group[] => groups.sort((a, b) => (a.id < b.id ? -1 : 1))

function indexScopes(
  { world, batch }: Step,
  subject: SubjectId,
  before: SubjectRow | undefined,
  after: SubjectRow,
): void {
  const known = before?.record.registers ?? {}
  for (const scope of Object.keys(after.record.registers) as ScopeKey[]) {
    if (scope in known) continue
    const isKnownGroup =
      scope.startsWith('group:') && world.groups.has(scope.slice('group:'.length) as GroupId)
    if (!isKnownGroup) batch.putScope(scope, subject)
  }
}
