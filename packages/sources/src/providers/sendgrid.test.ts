import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  linesOf,
  nowSeconds,
  readingOf,
  requestOf,
  sourceOf,
  verdictOn,
  wordOf,
} from '../testing/given-source.ts'
import { signatureCases } from '../testing/signature-cases.ts'

const pairOf = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keys = { new: pairOf(), old: pairOf(), foreign: pairOf() }
const shown = (which: 'new' | 'old'): string =>
  keys[which].publicKey.export({ format: 'der', type: 'spki' }).toString('base64')

// From the tests of SendGrid's own libraries, such as sendgrid-nodejs eventwebhook.spec.js.
const published = {
  key:
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+' +
    '2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
  signature:
    'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtE' +
    'ZtM=',
  timestamp: '1600112502',
  events: [
    {
      email: 'hello@world.com',
      event: 'dropped',
      reason: 'Bounced Address',
      sg_event_id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
      sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0',
      'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
      timestamp: 1600112492,
    },
  ],
}

const source = sourceOf('sendgrid', { publicKeys: [shown('new'), shown('old')] })
const [signatureHeader, timestampHeader] = [
  'x-twilio-email-event-webhook-signature',
  'x-twilio-email-event-webhook-timestamp',
]
const sent = (signature: string, timestamp: string, body: string) =>
  requestOf('sendgrid', {
    headers: { [signatureHeader]: signature, [timestampHeader]: timestamp },
    body,
  })

const email = 'ada@example.com'
const timestamp = Date.parse('2026-11-23T11:00:00Z') / 1_000
const event = (name: string, more: object = {}) => ({
  email,
  timestamp,
  event: name,
  sg_event_id: `id-${name}`,
  sg_message_id: 'm-1.filter',
  category: ['spring'],
  ...more,
})
const bodyOf = (...events: readonly unknown[]): string => `${JSON.stringify(events)}\r\n`

signatureCases({
  source,
  coversUrl: false,
  ageSecondsMax: 300,
  carriers: [signatureHeader, timestampHeader],
  sign: ({ secret, atSeconds }) => {
    const body = bodyOf(event('unsubscribe'))
    const bytes = Buffer.from(`${atSeconds}${body}`)
    const signature = sign('sha256', bytes, keys[secret].privateKey).toString('base64')
    return sent(signature, String(atSeconds), body)
  },
})

describe('the published signature', () => {
  const of = sourceOf('sendgrid', { publicKeys: ['no key', published.key] })
  const body = bodyOf(...published.events)
  const word = (text: string) =>
    wordOf(
      verdictOn(of, sent(published.signature, published.timestamp, text), {
        nowSeconds: Number(published.timestamp),
      }),
    )

  test('is good, and only with the end of line that belongs to it', () => {
    expect(word(body)).toBe('believed')
    expect(word(body.trimEnd())).toBe('forged')
  })
})

const lines = (...events: readonly unknown[]) =>
  linesOf(readingOf(source, requestOf('sendgrid', { body: bodyOf(...events) })))
const at = 'at 2026-11-23T11:00:00.000000Z'

describe('an event', () => {
  test.each([
    ['unsubscribe', {}, [`opt-out brand:acme/email ${email} ${at}`]],
    ['group_unsubscribe', { asm_group_id: 42 }, [`opt-out group:news ${email} ${at}`]],
    ['group_unsubscribe', { asm_group_id: 43 }, [`opt-out brand:acme/email ${email} ${at}`]],
    ['group_unsubscribe', {}, [`opt-out brand:acme/email ${email} ${at}`]],
    ['group_resubscribe', { asm_group_id: 42 }, [`opt-in group:news ${email} ${at}`]],
    ['group_resubscribe', { asm_group_id: 43 }, []],
    ['group_resubscribe', {}, []],
    ['spamreport', {}, [`opt-out family:email ${email} ${at}`]],
    // The time is that of the drop, which says nothing of when the person left.
    ['dropped', { reason: 'Unsubscribed Address' }, [`opt-out brand:acme/email ${email}`]],
    ['dropped', { reason: 'Spam Reporting Address' }, [`opt-out brand:acme/email ${email}`]],
    ['dropped', { reason: 'Bounced Address' }, []],
    ['bounce', { type: 'bounce' }, []],
    ['delivered', {}, []],
    ['click', { url: 'https://acme.example' }, []],
  ])('%s %j becomes %j', (name, more, expected) => {
    expect(lines(event(name, more))).toEqual(expected)
  })

  test('carries its own id, and the provider’s word for the person', () => {
    const body = bodyOf(event('group_resubscribe', { asm_group_id: 42 }))
    const [first] = readingOf(source, requestOf('sendgrid', { body }))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: 'urn:sendgrid:events',
      id: 'id-group_resubscribe:opt-in:news',
      actor: 'provider',
      method: 'provider-signal',
      clock: 'provider',
      evidence: { providerEventId: 'id-group_resubscribe', messageId: 'm-1.filter', list: '42' },
    })
  })

  test('without an id or with a time that is none still opts out', () => {
    const { sg_event_id: _none, ...nameless } = event('unsubscribe', { timestamp: 'soon' })
    expect(lines(nameless)).toEqual([`opt-out brand:acme/email ${email}`])
  })
})

test('a batch is read event by event; a bad one costs no other', () => {
  const body = bodyOf(event('unsubscribe'), { event: 'unsubscribe' }, 5, event('open'))
  const reading = readingOf(source, requestOf('sendgrid', { body }))
  expect(linesOf(reading)).toEqual([`opt-out brand:acme/email ${email} ${at}`])
  expect(reading).toMatchObject({ ignored: ['event-type'], hasUnreadable: true })
})

test('an opt-in of a stale request is in doubt', () => {
  const raw = requestOf('sendgrid', {
    body: bodyOf(event('group_resubscribe', { asm_group_id: 42 })),
  })
  const [first] = readingOf(source, raw, { isStale: true })?.signals ?? []
  expect(first?.ok === true && first.signal.quarantine).toBe('stale-signature')
  expect(nowSeconds).toBeGreaterThan(timestamp)
})

test.each(['', '{}', 'null', '"[]"'])('the body %j is unreadable', (body) => {
  expect(readingOf(source, requestOf('sendgrid', { body }))).toBeNull()
})
