import { formatInstant, microsPerHour } from '@ledger/domain'

/** One thing that happens in the demo's day, and what must come of it. */
export type Act = {
  readonly says: string
  readonly send:
    | { readonly signals: readonly object[] }
    /** An in-person file, uploaded late. */
    | { readonly csv: string; readonly source: string }
  /** How often each outcome must come back. */
  readonly expects: Readonly<Record<string, number>>
}

/** What must be true at the end of the day. */
export type Expectation = {
  readonly group: string
  readonly address: { readonly kind: string; readonly value: string }
  readonly state: string
  readonly permitted: boolean
  readonly because: string
}

export const demoGroups: Readonly<Record<string, object>> = {
  'offers-sms': { name: 'Offers', channel: 'sms', brand: 'acme', purpose: 'marketing' },
  'offers-wa': { name: 'Offers', channel: 'whatsapp', brand: 'acme', purpose: 'marketing' },
  'news-email': { name: 'News', channel: 'email', brand: 'acme', purpose: 'marketing' },
  'orders-sms': { name: 'Orders', channel: 'sms', brand: 'acme', purpose: 'transactional' },
}

// Numbers of the range that is kept free for fiction.
const phone = (n: number) => ({
  kind: 'phone',
  value: `+1202555${String(100 + n).padStart(4, '0')}`,
})
const email = (n: number) => ({ kind: 'email', value: `person-${n}@demo.example` })
const whatsApp = (n: number) => ({ kind: 'whatsapp-user', value: `demo-wa-${n}` })

const disclosure = 'By joining you agree to offers from Acme. Reply STOP to end.'
const webEvidence = { disclosure, formUrl: 'https://acme.example/join' }
const carrier = { brand: 'acme', family: 'carrier-messaging' }
const people = 40

type Said = {
  readonly action: string
  readonly source: string
  readonly id: string
  readonly data: object
}
const signal = ({ action, source, id, data }: Said): object => ({
  specversion: '1.0',
  type: `subscription.${action}`,
  source,
  id,
  data,
})

/**
 * One day at Acme, from web forms, text messages, WhatsApp, an API and a shop whose file arrives
 * late.
 * @param now the end of the day, in microseconds; every claimed time lies before it
 */
export function demoDay(now: number): {
  acts: readonly Act[]
  expectations: readonly Expectation[]
} {
  const ago = (hours: number): string => formatInstant(now - hours * microsPerHour)
  const web = (n: number, address: object, group: string): object =>
    signal({
      action: 'opt-in',
      source: 'urn:acme:web',
      id: `form-${group}-${n}`,
      data: {
        ...{ address, scope: { group }, actor: 'person', method: 'web-form' },
        ...{ claimedAt: ago(120), evidence: webEvidence },
      },
    })
  const text = (n: number, action: string, scope: object, hours: number, id: string): object =>
    signal({
      action,
      source: 'urn:sms-provider:acme',
      id,
      data: {
        ...{ address: phone(n), scope, actor: 'person', method: 'sms-keyword', clock: 'provider' },
        ...{ claimedAt: ago(hours), evidence: { messageId: id } },
      },
    })
  const everybody = Array.from({ length: people }, (_, index) => index + 1)
  const webForms = [
    ...everybody.map((n) => web(n, phone(n), 'offers-sms')),
    ...everybody.slice(0, 10).map((n) => web(n, email(n), 'news-email')),
    ...everybody.slice(0, 5).map((n) => web(n, whatsApp(n), 'offers-wa')),
  ]
  const stops = [1, 2, 3, 4, 5].map((n) => text(n, 'opt-out', carrier, 72, `stop-${n}`))
  const start = [
    text(1, 'opt-in', carrier, 48, 'start-1'),
    text(1, 'opt-in', { group: 'offers-sms' }, 48, 'start-1:offers-sms'),
  ]
  const shopFile = shopCsv(ago)

  return {
    acts: [
      act(
        `${people} people join on the web, some for e-mail and WhatsApp too`,
        webForms,
        'recorded',
      ),
      act('the web shop retries all of it after a timeout', webForms, 'duplicate'),
      act('five people text STOP', stops, 'recorded'),
      act('the provider delivers two of the STOPs again', stops.slice(0, 2), 'duplicate'),
      act('the first of them texts START', start, 'recorded'),
      act('a CRM sync says the second is subscribed', [crmSync(ago(24))], 'recorded'),
      act('somebody blocks the WhatsApp sender', [whatsAppStop(ago(30))], 'recorded'),
      act('an opt-in form arrives without its evidence', [bareForm(ago(20))], 'quarantined'),
      act('an opt-out reuses the id of another message', [reusedId(ago(10))], 'conflict'),
      {
        says: 'the shop uploads a file of paper forms, days late',
        send: { csv: shopFile, source: 'shop-22' },
        expects: { recorded: 4, quarantined: 1, invalid: 1 },
      },
      {
        says: 'the shop uploads the same file again, to be sure',
        send: { csv: shopFile, source: 'shop-22' },
        expects: { duplicate: 5, invalid: 1 },
      },
    ],
    expectations: expectedAtTheEnd(),
  }
}

const act = (says: string, signals: readonly object[], outcome: string): Act => ({
  says,
  send: { signals },
  expects: { [outcome]: signals.length },
})

const crmSync = (claimedAt: string): object =>
  signal({
    action: 'opt-in',
    source: 'urn:acme:crm',
    id: 'sync-2',
    data: {
      ...{ address: phone(2), scope: { group: 'offers-sms' }, actor: 'system', method: 'api' },
      claimedAt,
    },
  })

const whatsAppStop = (claimedAt: string): object =>
  signal({
    action: 'opt-out',
    source: 'urn:whatsapp:acme',
    id: 'wa-stop-1',
    data: {
      ...{ address: whatsApp(1), scope: { brand: 'acme', family: 'whatsapp' } },
      ...{ actor: 'provider', method: 'provider-signal', clock: 'provider', claimedAt },
    },
  })

const bareForm = (claimedAt: string): object =>
  signal({
    action: 'opt-in',
    source: 'urn:acme:web',
    id: 'bare-form',
    data: {
      ...{ address: phone(60), scope: { group: 'offers-sms' } },
      ...{ actor: 'person', method: 'web-form', claimedAt },
    },
  })

const reusedId = (claimedAt: string): object =>
  signal({
    action: 'opt-out',
    source: 'urn:acme:web',
    id: 'form-news-email-2',
    data: {
      ...{ address: email(2), scope: { group: 'news-email' } },
      ...{ actor: 'person', method: 'one-click', claimedAt },
    },
  })

/** Paper forms dated before, soon after and long after the STOPs of 72 hours ago. */
function shopCsv(ago: (hours: number) => string): string {
  const columns =
    'item_id,phone,group,action,method,occurred_at,store_id,disclosure,form_ref,signature_ref'
  const form = (item: string, n: number, hours: number): string =>
    [item, phone(n).value, 'offers-sms', 'opt-in', 'paper-form', ago(hours), 'store-22']
      .concat(['"Yes, text me offers"', `form-${item}`, `sig-${item}`])
      .join(',')
  return [
    columns,
    form('item-1', 3, 96),
    form('item-2', 4, 24),
    form('item-3', 5, 60),
    `item-4,${phone(6).value},offers-sms,opt-out,paper-form,${ago(50)},store-22,,,`,
    `item-5,${phone(61).value},offers-sms,opt-in,paper-form,${ago(40)},store-22,,,`,
    `item-6,4.47E+11,offers-sms,opt-in,paper-form,${ago(40)},store-22,"Yes",form-6,sig-6`,
    '',
  ].join('\r\n')
}

function expectedAtTheEnd(): readonly Expectation[] {
  const sms = (n: number, state: string, because: string): Expectation => ({
    group: 'offers-sms',
    address: phone(n),
    state,
    permitted: state === 'subscribed',
    because,
  })
  return [
    sms(1, 'subscribed', 'START lifted the STOP'),
    sms(2, 'unsubscribed', 'a CRM sync never lifts a person’s STOP'),
    sms(3, 'unsubscribed', 'the form was signed before the STOP'),
    sms(4, 'subscribed', 'the form was signed two days after the STOP'),
    sms(5, 'unsubscribed', 'the form lies within a day of the STOP: doubt falls to the STOP'),
    sms(6, 'unsubscribed', 'the shop’s opt-out counts from its recording'),
    sms(7, 'subscribed', 'nothing happened after the web form'),
    sms(60, 'never', 'a form without evidence changes nothing'),
    sms(61, 'never', 'a paper form without a signature changes nothing'),
    {
      ...{ group: 'offers-wa', address: whatsApp(1), state: 'unsubscribed', permitted: false },
      because: 'WhatsApp was stopped',
    },
    {
      ...{ group: 'news-email', address: email(1), state: 'subscribed', permitted: true },
      because: 'a STOP by text leaves e-mail alone',
    },
    {
      ...{ group: 'news-email', address: email(2), state: 'unsubscribed', permitted: false },
      because: 'an opt-out counts even under a reused id',
    },
    {
      ...{ group: 'orders-sms', address: phone(2), state: 'never', permitted: true },
      because: 'a STOP to marketing leaves order updates alone',
    },
  ]
}
