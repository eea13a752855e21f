import { formatInstant } from '@ledger/domain'
import { nowMicros } from '@ledger/runtime'
import type { CloudEvent } from '../support/signals.ts'
import { acts, carrier, email, phone } from '../support/signals.ts'

const hour = 3_600_000_000

/** An instant so many hours before the tests began. */
const ago = (hours: number): string => formatInstant(startedAt - hours * hour)
const startedAt = nowMicros()

/** The people of the day, whom nobody may find in a log line or a file. */
export const people = {
  ada: phone('+12025550171'),
  ben: phone('+12025550172'),
  cleo: { kind: 'whatsapp-user', value: 'wa-canary-cleo' },
  dora: phone('+12025550174'),
  eve: email('Eve.Canary@Example.org'),
  fay: phone('+12025550176'),
} as const

export const groups = {
  offers: { name: 'Offers', channel: 'sms', brand: 'acme', purpose: 'marketing' },
  sale: { name: 'Sale', channel: 'sms', brand: 'acme', purpose: 'marketing' },
  receipts: { name: 'Receipts', channel: 'sms', brand: 'acme', purpose: 'transactional' },
  news: { name: 'News', channel: 'email', brand: 'acme', purpose: 'marketing' },
  'wa-offers': { name: 'Chat offers', channel: 'whatsapp', brand: 'acme', purpose: 'marketing' },
} as const

const said = (id: string, hours: number) => ({ claimedAt: ago(hours), envelope: { id } })

/** What happened on the web, by SMS and by WhatsApp, oldest first. */
export const day: Readonly<Record<string, CloudEvent>> = {
  adaJoins: acts.webOptIn(people.ada, 'offers', said('web-ada', 30)),
  adaStops: acts.stop(people.ada, said('sms-ada-stop', 20)),
  adaStarts: acts.start(people.ada, 'offers', said('sms-ada-start-offers', 10)),
  adaReopens: acts.start(people.ada, 'offers', { ...said('sms-ada-start', 10), scope: carrier }),
  benJoins: acts.webOptIn(people.ben, 'offers', said('web-ben', 120)),
  benStops: acts.stop(people.ben, said('sms-ben-stop', 48)),
  cleoJoins: acts.webOptIn(people.cleo, 'wa-offers', said('web-cleo', 40)),
  cleoStops: acts.stop(people.cleo, {
    ...said('wa-cleo-stop', 5),
    scope: { brand: 'acme', family: 'whatsapp' },
    method: 'chat-keyword',
  }),
  doraStops: acts.stop(people.dora, said('sms-dora-stop', 96)),
  eveJoins: acts.webOptIn(people.eve, 'news', {
    ...said('web-eve', 8),
    externalId: 'customer-canary-eve',
  }),
  fayUnproven: acts.webOptIn(people.fay, 'offers', { ...said('web-fay', 3), evidence: {} }),
}

const evidence = 'Text me offers.,store-22,form-7'
const header = 'item_id,phone,group,action,method,clock,occurred_at,disclosure,store_id,form_ref'

/**
 * The forms of a shop, sent in days later: Ben's is from before his STOP, Dora's from after hers,
 * one line names nobody.
 */
export const lateForms = [
  header,
  `form-ben,${people.ben.value},offers,opt-in,paper-form,human,${ago(72)},${evidence}`,
  `form-dora,${people.dora.value},offers,opt-in,paper-form,human,${ago(24)},${evidence}`,
  `form-broken,,offers,opt-in,paper-form,human,${ago(24)},${evidence}`,
  '',
].join('\r\n')

/** Everything of the day that names a person. */
export const canaries = [
  ...Object.values(people).map(({ value }) => value),
  ...Object.values(people).map(({ value }) => value.replace('+', '')),
  'eve.canary@example.org',
  'customer-canary-eve',
  ...Object.values(day).map(({ id }) => id),
  'form-ben',
  'form-dora',
]
