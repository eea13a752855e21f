import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  doorOf,
  linesOf,
  person,
  readingOf,
  requestOf,
  sender,
  sourceOf,
} from '../testing/given-source.ts'
import { signatureCases } from '../testing/signature-cases.ts'

const env = { NEW: 'new', OLD: 'old' }
const source = sourceOf('bird', { secrets: ['env:NEW', 'env:OLD'] }, env)

const message = {
  id: 'b3b5',
  channelId: 'channel-1',
  sender: {
    contact: { id: 'c1', identifierKey: 'phonenumber', identifierValue: person },
  },
  receiver: { connector: { id: 'connector-1', identifierValue: sender } },
  body: { type: 'text', text: { text: 'Stop' } },
  status: 'delivered',
  direction: 'incoming',
  createdAt: '2026-11-23T11:59:58.123Z',
}
const envelope = { service: 'channels', event: 'sms.inbound', payload: message }
const body = JSON.stringify(envelope)

signatureCases({
  source,
  coversUrl: true,
  ageSecondsMax: 24 * 3_600,
  carriers: ['messagebird-signature', 'messagebird-request-timestamp'],
  sign: ({ secret, atSeconds }) => {
    const mac = createHmac('sha256', secret).update(`${atSeconds}\n`).update(doorOf('bird'))
    mac.update('\n').update(createHash('sha256').update(body).digest())
    return requestOf('bird', {
      body,
      headers: {
        'messagebird-signature': mac.digest('base64'),
        'messagebird-request-timestamp': String(atSeconds),
      },
    })
  },
})

const reading = (sent: unknown) =>
  readingOf(source, requestOf('bird', { body: JSON.stringify(sent) }))

test('a message, bare or in its envelope, is what its text says', () => {
  const at = 'at 2026-11-23T11:59:58.123000Z'
  const expected = ['brand:acme/carrier-messaging', 'group:offers', 'group:receipts'].map(
    (scope) => `opt-out ${scope} ${person} ${at}`,
  )
  expect(linesOf(reading(envelope))).toEqual(expected)
  expect(linesOf(reading(message))).toEqual(expected)
})

test('what we sent, or what is no text, says nothing', () => {
  expect(reading({ ...message, direction: 'outgoing' })?.signals).toEqual([])
  expect(reading({ ...message, body: { type: 'image' } })?.signals).toEqual([])
})

test('what names nobody is unreadable', () => {
  for (const odd of [{}, [], null, 'text', { payload: {} }, { ...message, sender: {} }]) {
    expect(reading(odd)).toBeNull()
  }
})
