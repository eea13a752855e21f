import type { EventId, SubjectId } from './identifiers.ts'
import type { Relation, SubjectEvent } from './events.ts'
import type { Mark, Register, Registers } from './register.ts'
import { join, optInMark, optOutMark } from './register.ts'
import type { ScopeKey } from './scope.ts'
import type { Stamp } from './stamp.ts'
import { latest } from './stamp.ts'

/** One link of a subject, as mergeable as a register: it lives while linked is not before unlinked. */
export type Link = {
  readonly other: SubjectId
  readonly otherKind: string
  readonly relation: Relation
  readonly linked?: Stamp
  readonly unlinked?: Stamp
}

/** All that the law remembers of one subject: its registers, its links and the void set. */
export type SubjectRecord = {
  readonly kind: string
  readonly registers: Registers
  readonly links: { readonly [key: string]: Link }
  /** Events that a correction took out of the fold; it only ever grows. */
  readonly voids: readonly EventId[]
}

export const emptyRecord = (kind: string): SubjectRecord => ({
  kind,
  registers: {},
  links: {},
  voids: [],
})

/** A subject's links that live now. */
export function liveLinks(record: SubjectRecord): readonly Link[] {
  return Object.values(record.links).filter(
    ({ linked, unlinked }) =>
      linked !== undefined && (unlinked === undefined || linked.bound >= unlinked.bound),
  )
}

type Classified = {
  readonly bound: number
  readonly effectiveAt: number
  readonly ruleId: string
  readonly until?: number | undefined
}

function stampOf(eventId: EventId, data: Classified): Stamp {
  const { bound, effectiveAt, ruleId, until } = data
  const stamp = { bound, eventId, effectiveAt, ruleId }
  return until === undefined ? stamp : { ...stamp, until }
}

function withStamp(record: SubjectRecord, scope: ScopeKey, mark: Mark, stamp: Stamp) {
  const register: Register = { [mark]: stamp }
  const mine = record.registers[scope]
  const joined = mine === undefined ? register : join(mine, register)
  return { ...record, registers: { ...record.registers, [scope]: joined } }
}

function withLink(record: SubjectRecord, event: SubjectEvent, side: 'linked' | 'unlinked') {
  if (event.type !== 'AddressLinked' && event.type !== 'AddressUnlinked') return record
  const { other, otherKind, relation } = event.data
  const key = `${relation}:${other}`
  const mine = record.links[key] ?? { other, otherKind, relation }
  const stamp = latest(mine[side], stampOf(event.id, event.data))
  return { ...record, links: { ...record.links, [key]: { ...mine, [side]: stamp } } }
}

/** True when a correction has taken the event, or the event it is a copy of, out of the fold. */
export function isVoid(voids: readonly EventId[], event: SubjectEvent): boolean {
  if (voids.length === 0) return false
  if (voids.includes(event.id)) return true
  const copyOf = 'copyOf' in event.data ? event.data.copyOf : undefined
  return copyOf !== undefined && voids.includes(copyOf)
}

/** What one event, not void, adds to a record. Total: what happened cannot be refused. */
function contribute(record: SubjectRecord, event: SubjectEvent): SubjectRecord {
  const { id } = event
  switch (event.type) {
    case 'OptedIn':
      return withStamp(record, event.data.scope, optInMark[event.data.authority], stampOf(id, event.data))
    case 'OptedOut':
      return withStamp(record, event.data.scope, optOutMark[event.data.authority], stampOf(id, event.data))
    case 'OptInRequested':
      return withStamp(record, event.data.scope, 'requested', stampOf(id, event.data))
    case 'ConsentEnded':
      return withStamp(record, event.data.scope, 'ended', stampOf(id, event.data))
    case 'IntentSuspected':
      return withStamp(record, event.data.scope, 'suspected', stampOf(id, event.data))
    case 'IntentResolved':
      return withStamp(record, event.data.scope, 'cleared', stampOf(id, event.data))
    case 'SendBlocked':
      return withStamp(record, event.data.scope, 'blocked', stampOf(id, event.data))
    case 'SendUnblocked':
      return withStamp(record, event.data.scope, 'unblocked', stampOf(id, event.data))
    case 'AddressLinked':
      return withLink(record, event, 'linked')
    case 'AddressUnlinked':
      return withLink(record, event, 'unlinked')
    case 'Corrected': {
      const { replacement } = event.data
      if (replacement === undefined) return record
      const mark = markOfReplacement(replacement.type, replacement.authority)
      return withStamp(record, replacement.scope, mark, stampOf(id, replacement))
    }
    case 'OptInQuarantined':
    case 'SubjectErased':
      return record
    default:
      return unreachable(event)
  }
}

function markOfReplacement(type: 'OptedIn' | 'OptedOut' | 'ConsentEnded', authority: keyof typeof optInMark) {
  if (type === 'ConsentEnded') return 'ended'
  return type === 'OptedIn' ? optInMark[authority] : optOutMark[authority]
}

function unreachable(value: never): never {
  throw new Error(`unhandled event ${JSON.stringify(value)}`)
}

/**
 * Adds one event to a record. Gives null when the event voids others: what they contributed cannot be
 * subtracted from a join, so the caller folds the subject's stream anew.
 */
export function applyEvent(record: SubjectRecord, event: SubjectEvent): SubjectRecord | null {
  if (event.type === 'Corrected') return null
  return isVoid(record.voids, event) ? record : contribute(record, event)
}

/**
 * The record of a subject: the join over its events that are not void. The same for every order,
 * duplicate and partition of them.
 */
export function foldEvents(kind: string, events: readonly SubjectEvent[]): SubjectRecord {
  const voids = new Set<EventId>()
  for (const event of events) {
    if (event.type === 'Corrected') for (const id of event.data.voids) voids.add(id)
  }
  const sorted = [...voids].sort()
  const record: SubjectRecord = { ...emptyRecord(kind), voids: sorted }
  return events.reduce(
    (folded, event) => (isVoid(sorted, event) ? folded : contribute(folded, event)),
    record,
  )
}

/** The events that count on both time axes: in force by `at`, and recorded by `knownAt`. */
export function eventsAsOf(
  events: readonly SubjectEvent[],
  at: number,
  knownAt: number,
): readonly SubjectEvent[] {
  return events.filter(
    ({ recordedAt, data }) =>
      recordedAt <= knownAt && (!('effectiveAt' in data) || data.effectiveAt <= at),
  )
}
