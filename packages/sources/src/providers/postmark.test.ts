import { describe, expect, test } from 'vitest'
import { hasCredentials } from '../credentials.ts'
import { linesOf, readingOf, requestOf, sourceOf } from '../testing/given-source.ts'

const basic = { user: 'postmark', password: 'env:WORD' }
const source = sourceOf('postmark', { basic }, { WORD: 'pass' })
const email = 'ada@example.com'
const at = 'at 2026-11-23T11:00:00.000000Z'

/** As postmarkapp.com documents the subscription change webhook. */
const change = {
  RecordType: 'SubscriptionChange',
  MessageID: '883953f4-6105-42a2-a16a-77a8eac79483',
  ServerID: 123456,
  MessageStream: 'broadcast',
  ChangedAt: '2026-11-23T11:00:00Z',
  Recipient: email,
  Origin: 'Recipient',
  SuppressSending: true,
  SuppressionReason: 'ManualSuppression',
  Tag: 'my-tag',
  Metadata: { example: 'value' },
}
const complaint = {
  RecordType: 'SpamComplaint',
  ID: 42,
  MessageStream: 'broadcast',
  ServerID: 123456,
  MessageID: '883953f4-6105-42a2-a16a-77a8eac79483',
  Email: email,
  BouncedAt: '2026-11-23T11:00:00Z',
}
const read = (body: unknown) =>
  readingOf(source, requestOf('postmark', { body: JSON.stringify(body) }))

test.each([
  ['left by the person', {}, [`opt-out group:news ${email} ${at}`]],
  ['of an unknown stream', { MessageStream: 'x' }, [`opt-out brand:acme/email ${email} ${at}`]],
  ['without a stream', { MessageStream: null }, [`opt-out brand:acme/email ${email} ${at}`]],
  [
    'by a complaint',
    { SuppressionReason: 'SpamComplaint' },
    [`opt-out family:email ${email} ${at}`],
  ],
  ['by a bounce', { SuppressionReason: 'HardBounce' }, []],
  ['for no reason', { SuppressionReason: null }, [`opt-out group:news ${email} ${at}`]],
  ['at no time', { ChangedAt: 5 }, [`opt-out group:news ${email}`]],
  [
    'that is lifted',
    { SuppressSending: false, SuppressionReason: null, Origin: 'Customer' },
    [`opt-in brand:acme/email ${email} ${at}`],
  ],
])('a suppression %s', (_how, more, expected) => {
  expect(linesOf(read({ ...change, ...more }))).toEqual(expected)
})

test.each([
  ['Recipient', true, 'provider'],
  ['Customer', true, 'staff'],
  ['Admin', true, 'staff'],
  [undefined, true, 'provider'],
  // Reactivated at Postmark: never the person's own act, whatever it says.
  ['Recipient', false, 'system'],
])('a change by %s, suppressing %s, is on the word of a %s', (Origin, SuppressSending, actor) => {
  const [first] = read({ ...change, Origin, SuppressSending })?.signals ?? []
  expect(first?.ok === true && first.signal.actor).toBe(actor)
})

describe('an id', () => {
  const idOf = (body: object) => read(body)?.signals.map(({ id }) => id)

  test('is the same for a retry and another for another change', () => {
    expect(idOf({ ...change, Tag: 'other' })).toEqual(idOf(change))
    expect(idOf({ ...change, ChangedAt: '2026-11-23T11:00:01Z' })).not.toEqual(idOf(change))
    expect(idOf({ ...change, SuppressSending: false })).not.toEqual(idOf(change))
  })

  test('of a complaint is Postmark’s own', () => {
    expect(linesOf(read(complaint))).toEqual([`opt-out family:email ${email} ${at}`])
    expect(idOf(complaint)).toEqual(['complaint:42:opt-out'])
  })
})

test('another record says nothing, and what is none is unreadable', () => {
  expect(read({ RecordType: 'Delivery', Recipient: email })).toMatchObject({ signals: [] })
  for (const body of [{}, [], null, { ...change, Recipient: '' }, { ...complaint, Email: null }]) {
    expect(read(body)).toBeNull()
  }
})

test('Postmark signs nothing: who knows the word of the source is believed', () => {
  const send = (authorization?: string) =>
    hasCredentials(
      requestOf('postmark', authorization === undefined ? {} : { headers: { authorization } }),
      source,
    )
  const good = Buffer.from('postmark:pass').toString('base64')
  const bad = Buffer.from('postmark:guess').toString('base64')
  expect([send(`Basic ${good}`), send(`Basic ${bad}`), send()]).toEqual([true, false, false])
  expect(() => sourceOf('postmark', {})).toThrow('does not sign')
})
