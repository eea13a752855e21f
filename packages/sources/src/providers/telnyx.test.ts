import type { KeyObject } from 'node:crypto'
import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { linesOf, person, readingOf, requestOf, sender, sourceOf } from '../testing/given-source.ts'
import { signatureCases } from '../testing/signature-cases.ts'

const keys = {
  new: generateKeyPairSync('ed25519'),
  old: generateKeyPairSync('ed25519'),
  foreign: generateKeyPairSync('ed25519'),
}
/** The 32 bytes that Telnyx shows, in base64. */
const shown = (key: KeyObject): string =>
  key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
const publicKeys = [shown(keys.new.publicKey), shown(keys.old.publicKey)]
const source = sourceOf('telnyx', { publicKeys })

const payload = {
  id: 'msg-1',
  record_type: 'message',
  direction: 'inbound',
  type: 'SMS',
  messaging_profile_id: 'profile-1',
  organization_id: 'org-1',
  from: { phone_number: person, carrier: 'C', line_type: 'Wireless' },
  to: [{ phone_number: sender, status: 'webhook_delivered' }],
  text: 'Stop',
  received_at: '2026-11-23T11:59:58.123+00:00',
  sent_at: null,
  errors: [] as object[],
}
const eventOf = (type: string, change: object = {}) => ({
  data: {
    record_type: 'event',
    event_type: type,
    id: 'event-1',
    occurred_at: '2026-11-23T11:59:59.000+00:00',
    payload: { ...payload, ...change },
  },
  meta: { attempt: 1, delivered_to: 'https://consent.acme.example' },
})
const body = JSON.stringify(eventOf('message.received'))

signatureCases({
  source,
  coversUrl: false,
  ageSecondsMax: 300,
  carriers: ['telnyx-signature-ed25519', 'telnyx-timestamp'],
  sign: ({ secret, atSeconds }) => {
    const signed = Buffer.from(`${atSeconds}|${body}`)
    const signature = signBytes(null, signed, keys[secret].privateKey).toString('base64')
    const headers = { 'telnyx-timestamp': String(atSeconds), 'telnyx-signature-ed25519': signature }
    return requestOf('telnyx', { headers, body })
  },
})

const lines = (event: object) =>
  linesOf(readingOf(source, requestOf('telnyx', { body: JSON.stringify(event) })))

describe('an event', () => {
  const at = 'at 2026-11-23T11:59:58.123000Z'
  test('of a message is what its text says, at the time that Telnyx received it', () => {
    expect(lines(eventOf('message.received'))).toEqual([
      `opt-out brand:acme/carrier-messaging ${person} ${at}`,
      `opt-out group:offers ${person} ${at}`,
      `opt-out group:receipts ${person} ${at}`,
    ])
    const [first] = readingOf(source, requestOf('telnyx', { body }))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: 'urn:telnyx:org-1',
      id: 'msg-1:opt-out',
      clock: 'provider',
    })
  })

  test('with a flag of Telnyx is what the flag says', () => {
    const flagged = { text: 'enough now', autoresponse_type: 'STOP' }
    expect(lines(eventOf('message.received', flagged))).toHaveLength(3)
  })

  test('of a send that failed with 40300 is an inferred opt-out of when it was submitted', () => {
    const failed = { direction: 'outbound', to: [{ phone_number: person }] }
    const errors = [{ code: '40300', title: 'Blocked due to STOP message' }]
    expect(lines(eventOf('message.finalized', { ...failed, errors }))).toEqual([
      `opt-out brand:acme/carrier-messaging ${person} ${at}`,
    ])
    const undelivered = { ...failed, errors: [{ code: 40001 }] }
    expect(lines(eventOf('message.finalized', undelivered))).toEqual([])
    expect(lines(eventOf('message.finalized', failed))).toEqual([])
  })

  test('of another type says nothing, and what is none is unreadable', () => {
    expect(lines(eventOf('message.sent'))).toEqual([])
    for (const odd of ['{}', '[]', 'null', '{"data":{}}', 'not json']) {
      expect(readingOf(source, requestOf('telnyx', { body: odd }))).toBeNull()
    }
  })
})
