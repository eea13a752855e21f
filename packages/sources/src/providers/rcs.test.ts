import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { RawRequest } from '../raw-request.ts'
import {
  linesOf,
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
const buttons = {
  join: { action: 'opt-in', group: 'offers' },
  leave: { action: 'opt-out', group: 'offers' },
}
const source = sourceOf('rcs', { secrets: ['env:NEW', 'env:OLD'], buttons }, env)

type Part = Readonly<Record<string, unknown>>
/** As Google's pages print it: the words of a person, in base64, in an envelope. */
function signed(content: Part | string, secret = env.NEW): RawRequest {
  const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))
  const envelope = { message: { data: bytes.toString('base64'), messageId: '1' } }
  return requestOf('rcs', {
    headers: { 'x-goog-signature': createHmac('sha512', secret).update(bytes).digest('base64') },
    body: JSON.stringify(envelope),
  })
}

const sendTime = '2026-11-23T08:00:00.123456789Z'
const at = 'at 2026-11-23T08:00:00.123456Z'
const from = { senderPhoneNumber: person, agentId: sender }
const event = (eventType: string): Part => ({ ...from, eventType, eventId: 'E1' })
const text = (words: string): Part => ({ ...from, messageId: 'M1', sendTime, text: words })
const press = (postbackData: string, label: string): Part => ({
  ...from,
  messageId: 'M2',
  sendTime,
  suggestionResponse: { postbackData, text: label, type: 'REPLY' },
})

const read = (content: Part | string) => readingOf(source, signed(content))
const lines = (content: Part | string) => linesOf(read(content))
const places = ['brand:acme/carrier-messaging', 'group:offers', 'group:receipts']
const optOuts = places.map((place) => `opt-out ${place} ${person}`)
const optIns = places.map((place) => `opt-in ${place} ${person}`)

signatureCases({
  source,
  coversUrl: false,
  ageSecondsMax: null,
  carriers: ['x-goog-signature'],
  sign: ({ secret }) => signed(text('Stop'), secret),
})

test('the signature is one of the message, and not of the envelope', () => {
  const raw = signed(text('Stop'))
  const { message } = JSON.parse(Buffer.from(raw.body).toString()) as { message: Part }
  const wrapped = { message: { ...message, publishTime: 'x' }, subscription: 'y' }
  const rewritten = { ...raw, body: Buffer.from(JSON.stringify(wrapped)) }
  expect(wordOf(verdictOn(source, rewritten))).toBe('believed')
  expect(linesOf(readingOf(source, rewritten))).toEqual(optOuts)
  const over = createHmac('sha512', env.NEW).update(raw.body).digest('base64')
  const foreign = { ...raw, headers: { 'x-goog-signature': over } }
  expect(wordOf(verdictOn(source, foreign))).toBe('forged')
})

describe('a handshake', () => {
  const shake = (clientToken: string, more: Part = {}): RawRequest =>
    requestOf('rcs', { body: JSON.stringify({ clientToken, secret: '4711', ...more }) })

  test('with the agreed token is answered with its secret', () => {
    expect(wordOf(verdictOn(source, shake('new')))).toBe('believed')
    expect(wordOf(verdictOn(source, shake('old')))).toBe('believed')
    expect(readingOf(source, shake('new'))).toMatchObject({
      signals: [],
      answer: { status: 200, contentType: 'text/plain', body: '4711' },
    })
  })

  test('with another token is forged, and says nothing of a person', () => {
    expect(wordOf(verdictOn(source, shake('foreign')))).toBe('forged')
    const data = Buffer.from(JSON.stringify(text('Stop'))).toString('base64')
    expect(linesOf(readingOf(source, shake('new', { message: { data } })))).toEqual([])
  })
})

describe('an event', () => {
  test.each([
    ['UNSUBSCRIBE', optOuts],
    ['SUBSCRIBE', optIns],
    ['DELIVERED', []],
    ['READ', []],
    ['IS_TYPING', []],
    ['TTL_EXPIRATION_REVOKED', []],
    ['constructor', []],
  ])('of %s, without a time', (type, expected) => {
    expect(lines(event(type))).toEqual(expected)
  })

  test('is Google’s word, under an id that is the person’s own', () => {
    const [first] = read(event('UNSUBSCRIBE'))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: `urn:rcs:${sender}`,
      id: `${person}:E1:opt-out`,
      addresses: [{ kind: 'phone', value: person }],
      actor: 'provider',
      method: 'provider-signal',
      clock: 'server',
      deliveryDelayMicrosMax: 604_800_000_000,
    })
  })

  test('about the agent and no person says nothing', () => {
    expect(lines({ agentId: sender, newLaunchState: 'LAUNCHED', eventId: 'E2' })).toEqual([])
  })
})

describe('a message', () => {
  test.each([
    ['STOP', optOuts],
    ['parar', optOuts],
    ['START', optIns.map((line) => `${line} ${at}`)],
    ['thank you, see you there', []],
  ])('of %s: an opt-out counts from its recording', (words, expected) => {
    expect(lines(text(words))).toEqual(expected)
  })

  test('of one tap has other ids than its event, and says the same', () => {
    const ids = [event('UNSUBSCRIBE'), text('STOP')].flatMap(
      (each) => read(each)?.signals.map(({ id }) => id) ?? [],
    )
    expect(new Set(ids).size).toBe(6)
    expect(lines(text('STOP'))).toEqual(lines(event('UNSUBSCRIBE')))
  })

  test('with an id that two phones have made does not meet', () => {
    const other = read({ ...text('STOP'), senderPhoneNumber: '+15555550124' })?.signals[0]?.id
    expect(other).not.toBe(read(text('STOP'))?.signals[0]?.id)
  })

  test.each([{ userFile: { payload: {} } }, { location: { latitude: 1 } }])(
    'of %j says nothing',
    (part) => {
      expect(lines({ ...from, messageId: 'M3', sendTime, ...part })).toEqual([])
    },
  )
})

test('a suggestion counts by its data, not by its label', () => {
  expect(lines(press('join', 'STOP'))).toEqual([`opt-in group:offers ${person} ${at}`])
  expect(lines(press('leave', 'START'))).toEqual([`opt-out group:offers ${person}`])
  expect(lines(press('START', 'START'))).toEqual([])
  expect(lines({ ...from, eventId: 'E3', suggestionResponse: { postbackData: 'STOP' } })).toEqual(
    optOuts,
  )
})

test.each([
  ['no JSON', 'Stop'],
  ['nobody', { agentId: sender, messageId: 'M1', text: 'Stop' }],
  ['no id', { ...from, text: 'Stop' }],
])('content with %s cannot be read', (_what, content) => {
  expect(read(content)).toBeNull()
})
