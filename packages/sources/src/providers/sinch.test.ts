import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  linesOf,
  nowSeconds,
  person,
  readingOf,
  requestOf,
  sender,
  sourceOf,
  verdictOn,
  wordOf,
} from '../testing/given-source.ts'
import { signatureCases } from '../testing/signature-cases.ts'

const env = { NEW: 'new', OLD: 'old' }
const source = sourceOf('sinch', { secrets: ['env:NEW', 'env:OLD'] }, env)

const inbound = {
  type: 'mo_text',
  id: '01FC66621XXXXX119Z8PMV1QPA',
  from: person.slice(1),
  to: sender.slice(1),
  body: 'Stop',
  operator_id: '35000',
  received_at: '2026-11-23T11:59:58.123Z',
}
const body = JSON.stringify(inbound)

signatureCases({
  source,
  coversUrl: false,
  ageSecondsMax: 48 * 3_600,
  carriers: ['', '-timestamp', '-nonce'].map((end) => `x-sinch-webhook-signature${end}`),
  sign: ({ secret, atSeconds }) => {
    const signed = `${body}.nonce-1.${atSeconds}`
    return requestOf('sinch', {
      body,
      headers: {
        'x-sinch-webhook-signature': createHmac('sha256', secret).update(signed).digest('base64'),
        'x-sinch-webhook-signature-timestamp': String(atSeconds),
        'x-sinch-webhook-signature-nonce': 'nonce-1',
        'x-sinch-webhook-signature-algorithm': 'HmacSHA256',
      },
    })
  },
})

test('a source without a secret rests on its credentials', () => {
  const basic = { user: 'sinch', password: 'env:NEW' }
  const open = sourceOf('sinch', { basic }, env)
  expect(wordOf(verdictOn(open, requestOf('sinch', { body }), { nowSeconds }))).toBe('believed')
  expect(() => sourceOf('sinch', {})).toThrow('does not sign')
})

const lines = (change: object) =>
  linesOf(
    readingOf(source, requestOf('sinch', { body: JSON.stringify({ ...inbound, ...change }) })),
  )

describe('a callback', () => {
  const at = 'at 2026-11-23T11:59:58.123000Z'
  const optOuts = ['brand:acme/carrier-messaging', 'group:offers', 'group:receipts'].map(
    (scope) => `opt-out ${scope} ${person} ${at}`,
  )
  test('of a text is what it says, and its number gets its plus', () => {
    expect(lines({})).toEqual(optOuts)
    expect(lines({ body: 'see you' })).toEqual([])
  })

  test('of a text with media is its text', () => {
    const media = { message: 'STOP', subject: '', media: [] }
    expect(lines({ type: 'mo_media', body: media })).toEqual(optOuts)
  })

  test('of a report or of a kind to come says nothing', () => {
    expect(lines({ type: 'delivery_report_sms' })).toEqual([])
    expect(lines({ type: 'mo_binary', body: 'AAECAw==', udh: '00' })).toEqual([])
  })

  test('without sender, id or form is unreadable', () => {
    for (const odd of [{ ...inbound, from: '' }, { ...inbound, id: 7 }, [], 'text', null]) {
      const raw = requestOf('sinch', { body: JSON.stringify(odd) })
      expect(readingOf(source, raw)).toBeNull()
    }
  })
})
