import type { Signal } from '@ledger/domain'
import { parseSignal } from '@ledger/domain'

/** A CloudEvent as a producer posts it. */
export type CloudEvent = {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  readonly data: Fields
  readonly [attribute: string]: unknown
}
type Fields = Readonly<Record<string, unknown>>

let lastId = 0

/** A CloudEvent of one action; every one has an id of its own unless the envelope gives one. */
export function cloudEvent(action: string, data: Fields, envelope: Fields = {}): CloudEvent {
  lastId += 1
  const id = `test-${process.pid}-${lastId}`
  const type = `subscription.${action}`
  return { specversion: '1.0', id, source: 'urn:test', type, data, ...envelope }
}

/** The same as a signal, for the write path; a test whose event is refused fails. */
export function toSignal(event: CloudEvent): Signal {
  const parsed = parseSignal(event)
  if (!parsed.ok) throw new Error(`refused: ${parsed.problem.field} ${parsed.problem.detail}`)
  return parsed.signal
}

export const phone = (value: string) => ({ kind: 'phone', value }) as const
export const email = (value: string) => ({ kind: 'email', value }) as const

/** The nth of a range of numbers that are possible and belong to nobody. */
export const phoneOf = (nth: number) => phone(`+1202555${String(nth).padStart(4, '0')}`)

let lastPerson = 0

/** A phone of which nothing was said yet in this process. */
export function newPhone() {
  lastPerson += 1
  return phoneOf(lastPerson)
}

type Key = { readonly kind: string; readonly value: string }
/** What differs from the usual: fields of `data`, and attributes of the envelope. */
export type More = Fields & { readonly envelope?: Fields }

const act = (action: string, usual: Fields, { envelope, ...more }: More): CloudEvent =>
  cloudEvent(action, { ...usual, ...more }, envelope)

/** The scope of a STOP to one sender: the brand's whole carrier family. */
export const carrier = { brand: 'acme', family: 'carrier-messaging' } as const

const byPerson = { actor: 'person', method: 'sms-keyword', clock: 'provider' } as const

/** Acts as sources report them; each takes whose, of what, and what differs from the usual. */
export const acts = {
  webOptIn: (address: Key, group: string, more: More = {}) => {
    const evidence = { disclosure: 'Yes, send me offers.', formUrl: 'https://acme.example/join' }
    const usual = { address, scope: { group }, actor: 'person', method: 'web-form', evidence }
    return act('opt-in', usual, more)
  },
  apiOptIn: (address: Key, group: string, more: More = {}) =>
    act('opt-in', { address, scope: { group }, actor: 'system', method: 'api' }, more),
  importOptIn: (address: Key, group: string, more: More = {}) =>
    act('opt-in', { address, scope: { group }, actor: 'import', method: 'crm-sync' }, more),
  start: (address: Key, group: string, more: More = {}) =>
    act('opt-in', { address, scope: { group }, ...byPerson, evidence: { messageId: 'M1' } }, more),
  paperOptIn: (address: Key, group: string, more: More = {}) => {
    const evidence = { disclosure: 'Text me offers.', storeId: 'store-22', formRef: 'scan-1' }
    const how = { actor: 'person', method: 'paper-form', clock: 'human', evidence }
    return act('opt-in', { address, scope: { group }, ...how }, more)
  },
  stop: (address: Key, more: More = {}) =>
    act('opt-out', { address, scope: carrier, ...byPerson }, more),
  optOut: (address: Key, group: string, more: More = {}) =>
    act('opt-out', { address, scope: { group }, actor: 'person', method: 'web-form' }, more),
  request: (address: Key, group: string, more: More = {}) =>
    act('opt-in-requested', { address, scope: { group }, actor: 'system', method: 'api' }, more),
  yes: (address: Key, more: More = {}) =>
    act(
      'affirmative',
      { address, scope: carrier, ...byPerson, evidence: { messageId: 'M2' } },
      more,
    ),
  link: (address: Key, more: More) => act('link', { address }, more),
  unlink: (address: Key, more: More) => act('unlink', { address }, more),
  ended: (address: Key, more: More = {}) => act('ended', { address }, more),
  correction: (address: Key, voids: readonly string[], more: More = {}) =>
    act('correction', { address, voids, actor: 'staff', method: 'console' }, more),
  suspected: (address: Key, more: More = {}) =>
    act('intent-suspected', { address, scope: carrier }, more),
  resolved: (address: Key, decision: 'dismissed' | 'opt-out', more: More = {}) =>
    act('intent-resolved', { address, scope: carrier, decision, actor: 'staff' }, more),
} as const

/** What a correction towards opted-in must bring. */
export const proof = { operator: 'op-7', reason: 'provider log', reference: 'ticket-1' } as const
