import { randomUUID } from 'node:crypto'
import type { EventId, Group, GroupId, Position, SubjectId, SubjectRecord } from '@ledger/domain'
import { defineGroup, emptyRecord, groupDefinitionSchema } from '@ledger/domain'
import type { ChangeRow, Checkpoint, MemberRow, ReadModelBatch } from '@ledger/read-models'
import type { GivenAnswer, SubjectRow } from '@ledger/read-models'

export const positionOf = (number: number): Position =>
  `0badc0de-${String(number).padStart(16, '0')}` as Position

export const start: Checkpoint = { position: null, asOf: 0, parked: 0 }

/** The checkpoint at the nth event, proven up to then. */
export const checkpointAt = (number: number, changes: Partial<Checkpoint> = {}): Checkpoint => ({
  position: positionOf(number),
  asOf: number * 1_000,
  parked: 0,
  ...changes,
})

/** A batch that moves a read model on and writes nothing else. */
export function newBatch(
  expected: Checkpoint,
  checkpoint: Checkpoint,
  changes: Partial<ReadModelBatch> = {},
): ReadModelBatch {
  const nothing = { subjects: [], members: [], changes: [], counts: [], scopes: [], groups: [] }
  return { expected, checkpoint, ...nothing, ...changes }
}

export const newEventId = (): EventId => randomUUID() as EventId

export const groupId = (id: string): GroupId => id as GroupId

export function newGroup(id: string, changes: Partial<Group> = {}): Group {
  const definition = { name: id, channel: 'sms', brand: 'acme', purpose: 'marketing' }
  return { ...defineGroup(groupId(id), groupDefinitionSchema.parse(definition)), ...changes }
}

export function newAnswer(changes: Partial<GivenAnswer> = {}): GivenAnswer {
  return {
    state: 'subscribed',
    since: 1_790_000_000_000_000,
    decisiveEventId: newEventId(),
    held: false,
    sendBlock: false,
    isCounted: true,
    ...changes,
  }
}

/** A row with one register, linked to others if these are given. */
export function newRow(
  changes: Partial<SubjectRow> = {},
  linkedTo: readonly SubjectId[] = [],
): SubjectRow {
  const stamp = { bound: 5, eventId: newEventId(), effectiveAt: 5, ruleId: 'P1' }
  const links: SubjectRecord['links'] = Object.fromEntries(
    linkedTo.map((other) => {
      const link = { other, otherKind: 'email', relation: 'same-person', linked: stamp } as const
      return [`same-person:${other}`, link]
    }),
  )
  const registers = { 'group:offers': { inByPerson: stamp } }
  const record: SubjectRecord = { ...emptyRecord('phone'), registers, links }
  return { record, parked: [], answers: {}, ...changes }
}

export function newMember(subject: SubjectId, changes: Partial<MemberRow> = {}): MemberRow {
  const place = { group: groupId('offers'), subject, kind: 'phone', since: 5 }
  return { ...newAnswer(), ...place, ...changes }
}

export function newChange(subject: SubjectId, changes: Partial<ChangeRow> = {}): ChangeRow {
  return {
    ...{ position: positionOf(1), sub: 0, at: 7, subject, group: groupId('offers') },
    ...{ previousState: 'never', state: 'subscribed', held: false, sendBlock: false },
    ...{ since: 5, decisiveEventId: newEventId(), ruleId: 'P1', authority: 'person' },
    ...changes,
  }
}
