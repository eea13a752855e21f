import type { Group, GroupId, LedgerEvent, Micros, Position, Registers } from '@ledger/domain'
import type { ScopeKey, SubjectEvent, SubjectId } from '@ledger/domain'
import {
  applyEvent,
  coveringScopes,
  emptyRecord,
  isSubjectEvent,
  kinOf,
  scopeCovers,
  scopeKey,
  scopeOfKey,
} from '@ledger/domain'
import { applyGroupEvent } from '@ledger/ledger'
import { isBlank, isCounted, pairAnswer } from './pair-answer.ts'
import type { FeedPlace, ProjectionBatch } from './projection-batch.ts'
import type { GivenAnswer, SubjectRow } from './read-model.ts'
import { kindOf, unknownKind, withKind } from './with-kind.ts'

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
  const base = withKind(before?.record, kindOf(event))
  const record = refolded ?? applyEvent(base, event)
  if (record === null) throw new Error('a correction needs its subject refolded')
  if (record === before?.record) return
  // A correction may take a link out; whoever it reached must be answered without it.
  const kinBefore = event.type === 'Corrected' ? kinIn(world, subject) : []
  putRow(step, subject, { ...(before ?? blankRow), record })
  const kin = [...new Set([...kinIn(world, subject), ...kinBefore])]
  answerAgain(step, kin, touchedGroups(world, event, kin, base.registers))
}

/**
 * Holds a subject because an event about it could not be applied. It may have spoken of anything,
 * so the subject waits in the widest scope for every group to come.
 */
export function projectParked(step: Step, subject: SubjectId, position: Position): void {
  const { world, batch } = step
  const before = world.rows.get(subject) ?? { ...blankRow, record: emptyRecord(unknownKind) }
  putRow(step, subject, { ...before, parked: [...before.parked, position] })
  batch.putScope(widestScope, subject)
  answerAgain(step, kinIn(world, subject), sorted([...world.groups.values()]))
}

/**
 * The row that stands for groups, policies and disclosures, which are no subject: it keeps which of
 * their events could not be applied.
 */
export const catalogueHolder = '00000000-0000-0000-0000-000000000000' as SubjectId

/** Notes an event of the catalogue that could not be applied; it holds nobody. */
export function projectParkedInCatalogue(step: Step, position: Position): void {
  const before = step.world.rows.get(catalogueHolder)
  const { parked } = before ?? blankRow
  const record = before?.record ?? emptyRecord(unknownKind)
  putRow(step, catalogueHolder, { ...blankRow, record, parked: [...parked, position] })
}

/**
 * Ends the hold of a parked event that is applied now, with the record that it is part of, and
 * answers again for all whom it may have held.
 */
export function projectRelease(
  step: Step,
  subject: SubjectId,
  position: Position,
  record?: SubjectRow['record'],
): void {
  const { world } = step
  const before = world.rows.get(subject)
  if (before === undefined) throw new Error('a held subject has a row')
  const kinBefore = kinIn(world, subject)
  const parked = before.parked.filter((each) => each !== position)
  putRow(step, subject, { ...before, record: record ?? before.record, parked })
  if (record === undefined) return
  const kin = [...new Set([...kinIn(world, subject), ...kinBefore])]
  answerAgain(step, kin, sorted([...world.groups.values()]))
}

/** Lets what has run out at `step.at` take effect for these subjects and their kin. */
export function projectExpiry(step: Step, subjects: readonly SubjectId[]): void {
  const { world, batch } = step
  for (const subject of subjects) {
    const row = world.rows.get(subject)
    if (row === undefined) continue
    // Written again for the sake of its next expiry.
    batch.putSubject(subject)
    const scopes = Object.keys(row.record.registers) as ScopeKey[]
    answerAgain(step, kinIn(world, subject), groupsOf(world, scopes))
  }
}

/**
 * Applies a group's event; `waiting` are the subjects recorded under scopes that reach a new group,
 * and those that are held.
 */
export function projectGroupEvent(
  step: Step,
  event: LedgerEvent,
  waiting: readonly SubjectId[],
): void {
  if (isSubjectEvent(event) || !('group' in event.data)) return
  const { world, batch } = step
  const id = event.data.group
  const isNew = !world.groups.has(id)
  applyGroupEvent(world.groups, event)
  const group = world.groups.get(id)
  if (group === undefined) return
  batch.putGroup(group)
  if (!isNew) return
  // What is said of one is shared with kin, who never spoke of the group or its scopes themselves.
  const reached = new Set(waiting.flatMap((subject) => kinIn(world, subject)))
  answerAgain(step, [...reached].sort(), [group])
}

/** The scopes under which subjects wait for a group that is about to be defined. */
export const scopesReaching = (group: Group): readonly ScopeKey[] =>
  coveringScopes(group).map(({ key }) => key)

const blankRow = { parked: [], answers: {} }

const widestScope = scopeKey({ all: true, purpose: 'any' })

const blankAnswer: GivenAnswer = {
  state: 'never',
  since: null,
  decisiveEventId: null,
  held: false,
  sendBlock: false,
  isCounted: true,
}

function kinIn(world: World, subject: SubjectId): readonly SubjectId[] {
  const links = world.rows.get(subject)?.record.links
  if (links === undefined || isEmpty(links)) return [subject]
  return kinOf(subject, (each) => world.rows.get(each)?.record)
}

function isEmpty(object: object): boolean {
  for (const _key in object) return false
  return true
}

/**
 * The groups in which an event may change the answers of a subject and its kin. A link or a
 * correction may in all of which anything was said of any of them, and in all there are when one of
 * them is held.
 */
function touchedGroups(
  world: World,
  event: SubjectEvent,
  kin: readonly SubjectId[],
  before: Registers,
): readonly Group[] {
  if ('scope' in event.data) return groupsOf(world, [event.data.scope])
  const touched = new Set(Object.keys(before))
  const ends = 'other' in event.data ? [...kin, ...kinIn(world, event.data.other)] : kin
  for (const end of ends) {
    const row = world.rows.get(end)
    if (row === undefined) continue
    if (row.parked.length > 0) return sorted([...world.groups.values()])
    for (const key of Object.keys(row.record.registers)) touched.add(key)
  }
  return groupsOf(world, [...touched] as ScopeKey[])
}

function putRow({ world, batch }: Step, subject: SubjectId, row: SubjectRow): void {
  const known = world.rows.get(subject)?.record.registers ?? {}
  world.rows.set(subject, row)
  batch.putSubject(subject)
  for (const scope in row.record.registers) {
    if (scope in known) continue
    const isKnownGroup =
      scope.startsWith('group:') && world.groups.has(scope.slice('group:'.length) as GroupId)
    if (!isKnownGroup) batch.putScope(scope as ScopeKey, subject)
  }
}

/** Answers these pairs again, and says where the answer is another than the one last given. */
function answerAgain(step: Step, subjects: readonly SubjectId[], groups: readonly Group[]): void {
  for (const subject of subjects) for (const group of groups) answerPair(step, group, subject)
}

function answerPair(step: Step, group: Group, subject: SubjectId): void {
  const { world, batch, place, at } = step
  const row = world.rows.get(subject)
  // The other end of a link about whom nothing is recorded yet: its own half of the link follows.
  if (row === undefined) return
  const before = answerOf(row, group.id) ?? blankAnswer
  const after = pairAnswer(group, subject, (each) => world.rows.get(each), at)
  const { state, since, decisiveEventId, held, sendBlock } = after
  const counted = isCounted(row)
  const isSame =
    before.decisiveEventId === decisiveEventId &&
    // A signal that a crash cut in two was dated again when its retry finished it.
    before.since === since &&
    before.state === state &&
    before.held === held &&
    before.sendBlock === sendBlock &&
    before.isCounted === counted
  if (isSame) return
  const blank = isBlank(after)
  const given = { state, since, decisiveEventId, held, sendBlock, isCounted: counted }
  const answers = blank ? withoutKey(row.answers, group.id) : { ...row.answers, [group.id]: given }
  putRow(step, subject, { ...row, answers })
  const { kind } = row.record
  batch.putPair(
    { subject, kind, group: group.id, before, after, isCounted: counted, isBlank: blank, at },
    place,
  )
}

function groupsOf(world: World, scopes: readonly ScopeKey[]): readonly Group[] {
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

/**
 * The answer given for a group, whose id may be the name of what every object has: `constructor`.
 */
const answerOf = ({ answers }: SubjectRow, group: GroupId): GivenAnswer | undefined =>
  Object.hasOwn(answers, group) ? answers[group] : undefined

function withoutKey(answers: SubjectRow['answers'], group: GroupId): SubjectRow['answers'] {
  const { [group]: _removed, ...others } = answers
  return others
}

const sorted = (groups: Group[]): readonly Group[] => groups.sort((a, b) => (a.id < b.id ? -1 : 1))
