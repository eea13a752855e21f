import { decideAffirmative } from '../affirmative.ts'
import type { Decided } from '../classify.ts'
import { classify } from '../classify.ts'
import type { SubjectEvent } from '../events.ts'
import { isSubjectEvent, schemaVersion, upcast } from '../events.ts'
import type { Group } from '../group.ts'
import type { EventId, SubjectId } from '../identifiers.ts'
import type { Micros } from '../instant.ts'
import { parseInstant } from '../instant.ts'
import type { NormalAddress } from '../address.ts'
import type { Permission } from '../permission-of.ts'
import { permissionOf } from '../permission-of.ts'
import { defaultPolicy } from '../policy.ts'
import { decideInferredOptOut, isUndatedInference } from '../inferred-opt-out.ts'
import { scopeOfKey } from '../scope.ts'
import type { Signal } from '../signal.ts'
import { parseSignal } from '../signal.ts'
import type { Action } from '../signal-data.ts'
import type { StateAnswer } from '../state-of.ts'
import { stateOfSubject } from '../state-of.ts'
import { eventsAsOf, foldEvents } from '../subject-record.ts'
import { groups } from './groups.ts'

/** One signal as a producer posts it, and when the ledger recorded it. */
export type Said = {
  readonly action: Action
  readonly recordedAt: string
  readonly data: Readonly<Record<string, unknown>>
  readonly deliveryDelayMicrosMax?: Micros
}

export const at = (text: string): Micros => {
  const instant = parseInstant(text)
  if (instant === null) throw new Error(`not an instant: ${text}`)
  return instant
}

/** The id of the event that the nth signal became; `part` counts the events of one signal. */
export const eventIdOf = (nth: number, part = 0, copy = 0): EventId => {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
  return `${hex(nth, 8)}-${hex(copy, 4)}-8000-8${hex(part, 3)}-000000000000` as EventId
}

export const phone = { kind: 'phone', value: '+15555550123' } as const

type Key = { readonly kind: string; readonly value: string }
type Asked = { readonly of?: Key; readonly at?: string; readonly knownAt?: string }

/** What a ledger that was told all this would answer. */
export type Then = {
  readonly events: readonly SubjectEvent[]
  readonly stateOf: (group: Group, asked?: Asked) => StateAnswer
  readonly state: (group: Group, asked?: Asked) => StateAnswer['state']
  readonly permission: (group: Group, asked?: Asked) => Permission['reason']
}

const evenLater = '2027-12-01T00:00:00Z'

/**
 * Given signals, in the order in which they were recorded: each is posted as a CloudEvent, parsed,
 * classified under the default policy, stored, read back and folded.
 */
export function given(...said: readonly Said[]): Then {
  const streams = new Map<SubjectId, SubjectEvent[]>()
  const subjectOf = ({ kind, value }: Key): SubjectId => uuidOf(`${kind}:${value}`)
  for (const [nth, each] of said.entries()) recordOne(streams, subjectOf, nth, each)

  const stateIn = (group: Group, asked: Asked = {}): StateAnswer => {
    const moment = at(asked.at ?? evenLater)
    const knownAt = at(asked.knownAt ?? evenLater)
    const find = (subject: SubjectId) => {
      const events = streams.get(subject)
      const [first] = events ?? []
      if (events === undefined || first === undefined) return undefined
      const kind = 'kind' in first.data ? first.data.kind : 'phone'
      return foldEvents(kind, eventsAsOf(events, moment, knownAt))
    }
    return stateOfSubject(group, subjectOf(asked.of ?? phone), find, moment)
  }
  return {
    events: [...streams.values()].flat(),
    stateOf: stateIn,
    state: (group, asked) => stateIn(group, asked).state,
    permission: (group, asked) => permissionOf(group, stateIn(group, asked), false).reason,
  }
}

/** Subjects are UUIDs; a test only needs that equal keys have equal ones. */
function uuidOf(text: string): SubjectId {
  let hash = 7
  for (const character of text) hash = (hash * 31 + character.charCodeAt(0)) % 0xffff_ffff
  return `00000000-0000-7000-8000-${hash.toString(16).padStart(12, '0')}` as SubjectId
}

function recordOne(
  streams: Map<SubjectId, SubjectEvent[]>,
  subjectOf: (key: NormalAddress) => SubjectId,
  nth: number,
  said: Said,
): void {
  const signal = signalOf(nth, said)
  const recordedAt = at(said.recordedAt)
  const keys = signal.addresses.map((key) => ({ subject: subjectOf(key), kind: key.kind }))
  const [own] = keys
  if (own === undefined) throw new Error('a signal names somebody')
  const other =
    signal.other === undefined
      ? undefined
      : { subject: subjectOf(signal.other), kind: signal.other.kind }
  const isLink = signal.action === 'link' || signal.action === 'unlink'
  const decided = decide(signal, recordedAt, streams.get(own.subject) ?? [], own.kind, other)
  const ends = isLink && other !== undefined ? [own, other] : keys
  for (const [copy, end] of ends.entries()) {
    const stream = streams.get(end.subject) ?? []
    streams.set(end.subject, stream)
    for (const [part, { type, data }] of decided.entries()) {
      const turned = isLink && copy === 1 ? { other: own.subject, otherKind: own.kind } : {}
      const copyOf = copy === 0 ? {} : { copyOf: eventIdOf(nth, part) }
      const stored = { kind: end.kind, ...data, ...turned, ...copyOf }
      stream.push(readBack(eventIdOf(nth, part, copy), type, recordedAt, stored))
    }
  }
}

/** Parses the CloudEvent of one signal, and fails the test when it is refused. */
export function signalOf(nth: number, { action, data, deliveryDelayMicrosMax }: Said): Signal {
  const named = 'address' in data || 'externalId' in data ? data : { address: phone, ...data }
  const parsed = parseSignal({
    specversion: '1.0',
    id: `message-${nth}`,
    source: '/tests',
    type: `subscription.${action}`,
    data: named,
  })
  if (!parsed.ok) throw new Error(`refused: ${parsed.problem.field} ${parsed.problem.detail}`)
  return { ...parsed.signal, deliveryDelayMicrosMax }
}

function decide(
  signal: Signal,
  recordedAt: Micros,
  events: readonly SubjectEvent[],
  kind: string,
  other: { readonly subject: SubjectId; readonly kind: string } | undefined,
): Decided {
  const policy = defaultPolicy
  const all: readonly Group[] = Object.values(groups)
  const { action } = signal
  if (action === 'affirmative') {
    return decideAffirmative(signal, foldEvents(kind, events), all, { policy, recordedAt })
  }
  if (isUndatedInference(signal)) {
    return decideInferredOptOut(signal, events, { policy, recordedAt, group: undefined })
  }
  const scope = scopeOfKey(signal.scope)
  const group = 'group' in scope ? all.find(({ id }) => id === scope.group) : undefined
  const voided = events.filter(({ id }) => signal.voids?.includes(id))
  const voidsOnlyOptIns = voided.length > 0 && voided.every(({ type }) => type === 'OptedIn')
  return classify({ ...signal, action }, { policy, recordedAt, group, other, voidsOnlyOptIns })
}

function readBack(id: EventId, type: string, recordedAt: Micros, data: unknown): SubjectEvent {
  const stored = JSON.parse(JSON.stringify(data)) as unknown
  const read = upcast({ id, type, schemaVersion, recordedAt, data: stored })
  if (!read.ok || !isSubjectEvent(read.event)) throw new Error(`${type} cannot be read back`)
  return read.event
}
