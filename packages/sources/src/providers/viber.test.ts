import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { RawRequest } from '../raw-request.ts'
import {
  bot,
  linesOf,
  readingOf,
  requestOf,
  sourceOf,
  verdictOn,
  wordOf,
} from '../testing/given-source.ts'
import { signatureCases } from '../testing/signature-cases.ts'

const env = { NEW: 'new', OLD: 'old' }
const source = sourceOf('viber', { secrets: ['env:NEW', 'env:OLD'], sender: bot }, env)

const user = '01234567890A='
const at = 'at 2026-11-23T08:00:00.123000Z'
const wide = `brand:acme/viber ${user} ${at}`
const own = `group:offers-viber ${user} ${at}`
const optOuts = [`opt-out ${wide}`, `opt-out ${own}`]
const optIns = [`opt-in ${wide}`, `opt-in ${own}`]

const header = 'x-viber-content-signature'
/** The token is a number of more digits than JSON.stringify could write. */
function signed(rest: string, secret = env.NEW, token = '4912661846655238145'): RawRequest {
  const body = `{"timestamp":1795420800123,"message_token":${token},${rest}}`
  const hex = createHmac('sha256', secret).update(body).digest('hex')
  return requestOf('viber', { body, headers: { [header]: hex } })
}
const named = `{"id":"${user}","name":"Ana","language":"en","country":"US","api_version":8}`
const text = (words: string): string =>
  `"event":"message","sender":${named},"message":{"type":"text","text":"${words}"},"silent":false`
const subscribed = `"event":"subscribed","user":${named}`
const unsubscribed = `"event":"unsubscribed","user_id":"${user}"`

const read = (rest: string) => readingOf(source, signed(rest))
const lines = (rest: string) => linesOf(read(rest))

signatureCases({
  source,
  coversUrl: false,
  ageSecondsMax: null,
  carriers: [header],
  sign: ({ secret }) => signed(text('Stop'), secret),
})

// Viber's own library, tests/api/test_api.py of viber-bot-python.
test('the signature of the published example is good', () => {
  const token = '44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3'
  const given = sourceOf('viber', { secrets: ['env:PUBLISHED'] }, { PUBLISHED: token })
  const body = '{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}'
  const hex = 'd21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef'
  const raw = requestOf('viber', { headers: { [header]: hex }, body })
  expect(wordOf(verdictOn(given, raw))).toBe('believed')
  expect(wordOf(verdictOn(given, { ...raw, body: Buffer.from(`${body} `) }))).toBe('forged')
  expect(readingOf(given, raw)).toMatchObject({ signals: [], ignored: ['event-type'] })
})

describe('an event', () => {
  test.each([
    ['of a subscription', subscribed, optIns],
    ['of its end', unsubscribed, optOuts],
    ['of a conversation begun', `"event":"conversation_started","user":${named}`, []],
    ['of a delivery', `"event":"delivered","user_id":"${user}"`, []],
    ['of a message seen', `"event":"seen","user_id":"${user}"`, []],
    ['of a message failed', `"event":"failed","user_id":"${user}","desc":"failed"`, []],
    ['of a kind of the future', `"event":"constructor","user_id":"${user}"`, []],
  ])('%s', (_what, rest, expected) => {
    expect(lines(rest)).toEqual(expected)
  })

  test('is Viber’s word', () => {
    const [first] = read(unsubscribed)?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: 'urn:viber:bot',
      addresses: [{ kind: 'viber-user', value: user }],
      actor: 'provider',
      method: 'provider-signal',
      clock: 'provider',
    })
  })
})

describe('a message', () => {
  test.each([
    ['Stop', optOuts],
    ['START', optIns],
    ['Да', []],
    ['take me off your list', [`intent-suspected ${wide}`]],
    ['hello', []],
    ['', []],
  ])('of %j', (words, expected) => {
    expect(lines(text(words))).toEqual(expected)
  })

  test('is the person’s own act, and a first one no subscription', () => {
    const [first] = read(text('Stop'))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      actor: 'person',
      method: 'chat-keyword',
      evidence: { text: 'Stop' },
    })
    expect(lines(`"event":"message","sender":${named},"message":{"type":"picture"}`)).toEqual([])
  })

  test('that comes twice has one id, and two whose tokens look alike have two', () => {
    const idOf = (words: string, token: string) =>
      readingOf(source, signed(words, env.NEW, token))?.signals[0]?.id
    const [token, next] = ['4912661846655238145', '4912661846655238146']
    expect(idOf(text('Stop'), token)).toBe(idOf(text('Stop'), token))
    expect(idOf(unsubscribed, token)).not.toBe(idOf(text('Stop'), next))
    const other = text('Stop').replace(user, 'somebody-else=')
    expect(idOf(other, token)).not.toBe(idOf(text('Stop'), next))
  })
})

test.each(['', 'null', '{}', '{"event":7}', 'Stop'])('a body that is %j cannot be read', (body) => {
  expect(readingOf(source, requestOf('viber', { body }))).toBeNull()
})

test('an end for nobody cannot be read, and is kept', () => {
  expect(read('"event":"unsubscribed"')).toBeNull()
})
