import type { Said } from './given.ts'

type Data = Said['data']
/** What an act overrides: fields of the signal, and when it was recorded if not at once. */
type More = Data & { readonly recordedAt?: string }

const act = (action: Said['action'], at: string, data: Data, more: More): Said => {
  const { recordedAt, ...rest } = more
  return { action, recordedAt: recordedAt ?? at, data: { claimedAt: at, ...data, ...rest } }
}

/** The scope of a STOP to one sender: the brand's whole carrier family. */
export const carrier = { brand: 'acme', family: 'carrier-messaging' } as const

const inPerson = { disclosure: 'Yes, text me offers.', storeId: 'store-22', formRef: 'scan-1' }

/**
 * Acts as sources report them; each takes the moment of the act and what differs from the usual.
 */
export const acts = {
  stop: (at: string, more: More = {}): Said =>
    act(
      'opt-out',
      at,
      { scope: carrier, actor: 'person', method: 'sms-keyword', clock: 'provider' },
      more,
    ),
  start: (at: string, more: More = {}): Said => {
    const evidence = { messageId: 'SM1' }
    const how = { actor: 'person', method: 'sms-keyword', clock: 'provider', evidence }
    return act('opt-in', at, { scope: carrier, ...how }, more)
  },
  web: (at: string, group: string, more: More = {}): Said => {
    const evidence = { disclosure: 'Yes, send me offers.', formUrl: 'https://acme.example/join' }
    const how = { actor: 'person', method: 'web-form', clock: 'server', evidence }
    return act('opt-in', at, { scope: { group }, ...how }, more)
  },
  paper: (at: string, group: string, more: More = {}): Said => {
    const how = { actor: 'person', method: 'paper-form', clock: 'human', evidence: inPerson }
    return act('opt-in', at, { scope: { group }, ...how }, more)
  },
  tablet: (at: string, group: string, more: More = {}): Said => {
    const how = { actor: 'person', method: 'tablet', clock: 'device', evidence: inPerson }
    return act('opt-in', at, { scope: { group }, ...how }, more)
  },
  crm: (at: string, group: string, more: More = {}): Said =>
    act('opt-in', at, { scope: { group }, actor: 'import', method: 'crm-sync' }, more),
  api: (at: string, group: string, more: More = {}): Said =>
    act('opt-in', at, { scope: { group }, actor: 'system', method: 'api' }, more),
  ask: (at: string, group: string, more: More = {}): Said => {
    const how = { actor: 'system', method: 'api' }
    return act('opt-in-requested', at, { scope: { group }, ...how }, more)
  },
  yes: (at: string, more: More = {}): Said => {
    const evidence = { messageId: 'SM2' }
    const how = { actor: 'person', method: 'sms-keyword', clock: 'provider', evidence }
    return act('affirmative', at, { scope: carrier, ...how }, more)
  },
  link: (at: string, more: More): Said => act('link', at, {}, more),
  ended: (at: string, more: More = {}): Said => act('ended', at, {}, more),
  correct: (at: string, voids: readonly string[], more: More = {}): Said =>
    act('correction', at, { voids, actor: 'staff', method: 'console' }, more),
} as const

/** What a correction towards opted-in must bring. */
export const proof = { operator: 'op-7', reason: 'provider log', reference: 'ticket-1' } as const
