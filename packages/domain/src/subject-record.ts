import type { Contribution } from './contribution.ts'
import { contributionOf } from './contribution.ts'
import type { EventId, SubjectId } from './identifiers.ts'
import type { Relation, SubjectEvent } from './events.ts'
import type { Register, Registers } from './register.ts'
import type { Stamp } from './stamp.ts'
import { latest } from './stamp.ts'

/**
 * One link of a subject, as mergeable as a register: it lives while linked is not before unlinked.
 */
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

/** True while a link lives: it was linked, and not unlinked since. */
const isLive = ({ linked, unlinked }: Link): boolean =>
  linked !== undefined && (unlinked === undefined || linked.bound >= unlinked.bound)

/**
 * A subject's links that live now, in an order that does not depend on which was recorded first.
 */
export function liveLinks(record: SubjectRecord): readonly Link[] {
  return Object.keys(record.links)
    .sort()
    .flatMap((key) => {
      const link = record.links[key]
      return link !== undefined && isLive(link) ? [link] : []
    })
}

/** The key of a link in a record: two links of the same relation to the same subject are one. */
export const linkKey = ({ relation, other }: Pick<Link, 'relation' | 'other'>): string =>
  `${relation}:${other}`

type ToRegister = Extract<Contribution, { to: 'register' }>
type ToLink = Extract<Contribution, { to: 'link' }>

function withStamp(record: SubjectRecord, { scope, mark, stamp }: ToRegister): SubjectRecord {
  const mine: Register | undefined = record.registers[scope]
  // A repeated or older act changes nothing, and then nothing is copied.
  if (mine !== undefined && latest(mine[mark], stamp) === mine[mark]) return record
  const register: Register = { ...mine, [mark]: stamp }
  return { ...record, registers: { ...record.registers, [scope]: register } }
}

function withLink(record: SubjectRecord, event: SubjectEvent, { side, stamp }: ToLink) {
  if (event.type !== 'AddressLinked' && event.type !== 'AddressUnlinked') return record
  const { other, otherKind, relation } = event.data
  const key = linkKey(event.data)
  const mine: Link | undefined = record.links[key]
  if (mine !== undefined && latest(mine[side], stamp) === mine[side]) return record
  const link: Link = { ...(mine ?? { other, otherKind, relation }), [side]: stamp }
  return { ...record, links: { ...record.links, [key]: link } }
}

/** True when a correction has taken the event, or the event it is a copy of, out of the fold. */
export function isVoid(voids: readonly EventId[], event: SubjectEvent): boolean {
  if (voids.length === 0) return false
  if (voids.includes(event.id)) return true
  const copyOf = 'copyOf' in event.data ? event.data.copyOf : undefined
  return copyOf !== undefined && voids.includes(copyOf)
}

/** Joins what one event, not void, adds to a record. Total: what happened cannot be refused. */
function contribute(record: SubjectRecord, event: SubjectEvent): SubjectRecord {
  const contribution = contributionOf(event)
  if (contribution === null) return record
  return contribution.to === 'register'
    ? withStamp(record, contribution)
    : withLink(record, event, contribution)
}

/**
 * Adds one event to a record. Gives null when the event voids others: what they contributed cannot
 * be subtracted from a join, so the caller folds the subject's stream anew.
 */
export function applyEvent(record: SubjectRecord, event: SubjectEvent): SubjectRecord | null {
  if (event.type === 'Corrected') return null
  return isVoid(record.voids, event) ? record : contribute(record, event)
}

/** The events that the corrections among these take out of the fold, sorted. */
export function voidsOf(events: readonly SubjectEvent[]): readonly EventId[] {
  const voids = new Set<EventId>()
  for (const event of events) {
    if (event.type === 'Corrected') for (const id of event.data.voids) voids.add(id)
  }
  return [...voids].sort()
}

/**
 * The record of a subject: the join over its events that are not void. The same for every order,
 * duplicate and partition of them.
 */
export function foldEvents(kind: string, events: readonly SubjectEvent[]): SubjectRecord {
  const voids = voidsOf(events)
  let record: SubjectRecord = { ...emptyRecord(kind), voids }
  for (const event of events) if (!isVoid(voids, event)) record = contribute(record, event)
  return record
}

/**
 * The events that count on both time axes: in force by `at`, and recorded by `knownAt`. A
 * correction says what was true all along: what it voids is void at every `at` since it became
 * known, and only its replacement has a time of its own.
 */
export function eventsAsOf(
  events: readonly SubjectEvent[],
  at: number,
  knownAt: number,
): readonly SubjectEvent[] {
  const counting: SubjectEvent[] = []
  for (const event of events) {
    if (event.recordedAt > knownAt) continue
    if (event.type === 'Corrected') counting.push(replacedAsOf(event, at))
    else if (!('effectiveAt' in event.data) || event.data.effectiveAt <= at) counting.push(event)
  }
  return counting
}

type Correction = Extract<SubjectEvent, { type: 'Corrected' }>

function replacedAsOf(event: Correction, at: number): Correction {
  const { replacement, ...data } = event.data
  return replacement !== undefined && replacement.effectiveAt > at ? { ...event, data } : event
}
