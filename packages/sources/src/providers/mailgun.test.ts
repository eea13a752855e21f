import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readSources } from '../source-config.ts'
import { providers } from '../provider-table.ts'
import {
  linesOf,
  nowSeconds,
  readingOf,
  requestOf,
  sourceOf,
  verdictOn,
  wordOf,
} from '../testing/given-source.ts'

const env = { KEY: 'signing-key', OLD: 'key-before', WORD: 'path-word' }
const fields = { secrets: ['env:KEY', 'env:OLD'], pathSecret: 'env:WORD' }
const source = sourceOf('mailgun', fields, env)
const token = 'a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0'
const email = 'ada@example.com'

/** As Mailgun's documentation describes it, written apart from the code under test. */
const signatureOf = (key = env.KEY, timestamp = String(nowSeconds)) => ({
  timestamp,
  token,
  signature: createHmac('sha256', key)
    .update(timestamp + token)
    .digest('hex'),
})
const event = (name: string, more: object = {}) => ({
  id: 'Ase7i2zsRYeDXztHGENqRA',
  event: name,
  timestamp: 1_795_431_600.123,
  recipient: email,
  message: { headers: { 'message-id': '20260611.1@mg.acme.example' } },
  'user-variables': { recipient: 'not-this@example.com' },
  tags: ['spring'],
  'a-field-of-tomorrow': 1,
  ...more,
})
const sent = (data: unknown, signature: unknown = signatureOf()) =>
  requestOf('mailgun', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ signature, 'event-data': data }),
  })
const word = (signature: unknown) => wordOf(verdictOn(source, sent(event('opened'), signature)))

describe('the signature', () => {
  test('is believed by the new key and the old, forged by another', () => {
    expect(word(signatureOf())).toBe('believed')
    expect(word(signatureOf(env.OLD))).toBe('believed')
    expect(word(signatureOf('guessed'))).toBe('forged')
  })

  test.each(['timestamp', 'token', 'signature'])('is forged with another %s', (name) => {
    const given = signatureOf()
    expect(word({ ...given, [name]: given.token.replace(/\D/g, '').slice(0, 10) })).toBe('forged')
    const { [name as keyof typeof given]: _left, ...rest } = given
    expect(word(rest)).toBe('unsigned')
  })

  test('is stale after five minutes', () => {
    expect(word(signatureOf(env.KEY, String(nowSeconds - 300)))).toBe('believed')
    expect(word(signatureOf(env.KEY, String(nowSeconds - 301)))).toBe('stale')
  })

  test('names its token, which is good for one body only', () => {
    expect(verdictOn(source, sent(event('opened')))).toMatchObject({ isTrue: true, token })
  })

  test('covers no event, so that a source needs another credential besides', () => {
    const { pathSecret: _open, ...open } = fields
    const file = { sources: { acme: { provider: 'mailgun', brand: 'acme', ...open } } }
    const read = readSources(JSON.stringify(file), env, providers)
    expect(read.ok ? [] : read.faults.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('does not sign'),
    ])
  })
})

const lines = (data: unknown) => linesOf(readingOf(source, sent(data)))
const at = 'at 2026-11-23T11:00:00.123000Z'

describe('an event', () => {
  test.each([
    ['unsubscribed', {}, [`opt-out brand:acme/email ${email} ${at}`]],
    ['unsubscribed', { tag: 'weekly' }, [`opt-out group:news ${email} ${at}`]],
    ['unsubscribed', { tag: 'elsewhere' }, [`opt-out brand:acme/email ${email} ${at}`]],
    [
      'unsubscribed',
      { 'mailing-list': { address: 'weekly' } },
      [`opt-out group:news ${email} ${at}`],
    ],
    ['complained', {}, [`opt-out family:email ${email} ${at}`]],
    ['failed', { severity: 'permanent', reason: 'bounce' }, []],
    ['delivered', {}, []],
  ])('%s %j becomes %j', (name, more, expected) => {
    expect(lines(event(name, more))).toEqual(expected)
  })

  test('is known by the token, because its own id is unique for a day only', () => {
    const [first] = readingOf(source, sent(event('complained')))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: 'urn:mailgun:events',
      id: `${token}:opt-out`,
      actor: 'provider',
      method: 'spam-complaint',
      evidence: { messageId: '20260611.1@mg.acme.example' },
    })
  })

  test('without a recipient is unreadable, and so is what is no event', () => {
    expect(readingOf(source, sent(event('unsubscribed', { recipient: 5 })))).toBeNull()
    expect(readingOf(source, sent('unsubscribed'))).toBeNull()
    expect(readingOf(source, requestOf('mailgun', { body: 'event=' }))).toBeNull()
  })
})

test('the older form is read too, where the last of equal names is Mailgun’s own', () => {
  const mine = { event: 'opened', token: 'mine', recipient: 'not-this@example.com' }
  const theirs = { event: 'unsubscribed', recipient: email, ...signatureOf() }
  const body = `${String(new URLSearchParams(mine))}&${String(new URLSearchParams(theirs))}`
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const raw = requestOf('mailgun', { headers, body })
  expect(wordOf(verdictOn(source, raw))).toBe('believed')
  expect(linesOf(readingOf(source, raw))).toEqual([
    `opt-out brand:acme/email ${email} at 2026-11-23T12:00:00.000000Z`,
  ])
})
