import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { RawRequest } from '../raw-request.ts'
import {
  bot,
  doorOf,
  linesOf,
  readingOf,
  requestOf,
  sourceOf,
  verdictOn,
  wordOf,
} from '../testing/given-source.ts'
import { signatureCases } from '../testing/signature-cases.ts'

const buttons = {
  'topic-offers': { action: 'opt-in', group: 'offers-messenger' },
  'from-shop': { action: 'opt-in', group: 'offers-messenger' },
  LEAVE: { action: 'opt-out' },
}
const env = { NEW: 'new', OLD: 'old', VERIFY: 'agreed-token' }
const fields = { secrets: ['env:NEW', 'env:OLD'], verifyToken: 'env:VERIFY', buttons }
const source = sourceOf('messenger', fields, env)

const user = '6543210987654321'
const at = 'at 2026-11-23T08:00:00.123000Z'
const wide = `brand:acme/messenger ${user}`
const own = `group:offers-messenger ${user}`
const optOuts = [`opt-out ${wide} ${at}`, `opt-out ${own} ${at}`]

type Part = Readonly<Record<string, unknown>>
const event = (part: Part): Part => ({
  sender: { id: user },
  recipient: { id: bot },
  timestamp: 1_795_420_800_123,
  ...part,
})
const text = (words: string, part: Part = {}): Part =>
  event({ message: { mid: `m_${words}`, text: words, ...part } })
const post = (...messaging: readonly unknown[]): Part => ({
  object: 'page',
  entry: [{ id: bot, time: 1_795_420_800_456, messaging }],
})

function signed(payload: unknown, secret = env.NEW): RawRequest {
  const body = JSON.stringify(payload)
  const hex = createHmac('sha256', secret).update(body).digest('hex')
  return requestOf('messenger', { body, headers: { 'x-hub-signature-256': `sha256=${hex}` } })
}
const read = (payload: unknown) => readingOf(source, signed(payload))
const lines = (...events: readonly unknown[]) => linesOf(read(post(...events)))

signatureCases({
  source,
  coversUrl: false,
  ageSecondsMax: null,
  carriers: ['x-hub-signature-256'],
  sign: ({ secret }) => signed(post(text('Stop')), secret),
})

test('a GET with the agreed token is answered with its challenge', () => {
  const url = `${doorOf('messenger')}?hub.mode=subscribe&hub.challenge=77&hub.verify_token=`
  const get = (token: string) => requestOf('messenger', { method: 'GET', url: url + token })
  expect(wordOf(verdictOn(source, get(env.VERIFY)))).toBe('believed')
  expect(wordOf(verdictOn(source, get('other')))).toBe('forged')
  expect(readingOf(source, get(env.VERIFY))?.answer?.body).toBe('77')
})

describe('a message', () => {
  test.each([
    ['Stop', optOuts],
    ['start', [`opt-in ${wide} ${at}`, `opt-in ${own} ${at}`]],
    ['si', [`affirmative ${own} ${at}`]],
    ['leave me alone', [`intent-suspected ${wide} ${at}`]],
    ['when do you open?', []],
  ])('of %s', (words, expected) => {
    expect(lines(text(words))).toEqual(expected)
  })

  test('is the person’s own act, under the id of the message', () => {
    const [first] = read(post(text('Stop')))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: `urn:messenger:${bot}`,
      id: 'm_Stop:opt-out',
      addresses: [{ kind: 'messenger-user', value: user }],
      actor: 'person',
      method: 'chat-keyword',
      clock: 'provider',
    })
  })

  test('of our own, repeated to us, says nothing', () => {
    expect(lines(text('Reply STOP to stop', { is_echo: true }))).toEqual([])
    expect(lines(text('Stop', { is_echo: true }))).toEqual([])
  })

  test('that another app answers is heard all the same', () => {
    const standby = { object: 'page', entry: [{ id: bot, standby: [text('Stop')] }] }
    expect(linesOf(read(standby))).toEqual(optOuts)
  })

  test('with a time in digits, or in none', () => {
    const timed = (timestamp: unknown) => lines({ ...text('Stop'), timestamp })
    expect(timed('1795420800123')).toEqual(optOuts)
    expect(timed('TIMESTAMP')).toEqual(optOuts.map((line) => line.replace(` ${at}`, '')))
  })

  test.each([
    ['a delivery', { delivery: { mids: ['m_1'] } }],
    ['a reaction', { reaction: { emoji: '👍', action: 'react' } }],
    ['a picture', { message: { mid: 'm_2', attachments: [{ type: 'image' }] } }],
    ['a referral', { referral: { ref: 'topic-offers' } }],
  ])('of %s says nothing', (_what, part) => {
    expect(lines(event(part))).toEqual([])
  })
})

describe('a button', () => {
  test('counts by its payload, as a quick reply and as a postback', () => {
    expect(lines(text('Nein', { quick_reply: { payload: 'LEAVE' } }))).toEqual(optOuts)
    const postback = { mid: 'm_9', title: 'Yes', payload: 'from-shop' }
    expect(lines(event({ postback }))).toEqual([`opt-in ${own} ${at}`])
  })

  test('that nobody configured never subscribes, and still stops', () => {
    expect(lines(text('START', { quick_reply: { payload: 'START' } }))).toEqual([])
    expect(lines(event({ postback: { title: 'Off', payload: 'STOP' } }))).toEqual(optOuts)
  })

  test('of the plugin counts by what it refers to', () => {
    expect(lines(event({ optin: { ref: 'from-shop' } }))).toEqual([`opt-in ${own} ${at}`])
    expect(lines(event({ optin: { ref: 'elsewhere' } }))).toEqual([])
    const visitor = { user_ref: 'r-1', sender: undefined, optin: { ref: 'from-shop' } }
    expect(read(post(event(visitor)))).toMatchObject({ signals: [], ignored: ['no-user'] })
  })
})

describe('marketing messages', () => {
  const optin = {
    type: 'notification_messages',
    payload: 'topic-offers',
    title: 'Offers',
    notification_messages_token: 'token-1',
    notification_messages_timezone: 'America/New_York',
    token_expiry_timestamp: 1_811_059_200_000,
    user_token_status: 'NOT_REFRESHED',
  }
  const topic = (part: Part) => event({ optin: { ...optin, ...part } })

  test('are agreed to for one topic, until the token ends', () => {
    expect(lines(topic({}))).toEqual([`opt-in ${own} ${at}`])
    const [first] = read(post(topic({})))?.signals ?? []
    expect(first?.id).toMatch(/^sha256:[0-9a-f]{64}:opt-in:offers-messenger$/)
    expect(first?.ok === true && first.signal).toMatchObject({
      actor: 'person',
      method: 'chat-button',
      until: Date.parse('2027-05-23T08:00:00Z') * 1_000,
      evidence: { topic: 'Offers', text: 'topic-offers' },
    })
    expect(JSON.stringify(first)).not.toContain('token-1')
  })

  test.each(['STOP NOTIFICATIONS', 'STOP_NOTIFICATIONS', 'stop notifications'])(
    'are stopped by %s',
    (notification_messages_status) => {
      expect(lines(topic({ notification_messages_status }))).toEqual([`opt-out ${own} ${at}`])
    },
  )

  test('go on by RESUME, and change nothing by a status that nobody knows', () => {
    const status = (notification_messages_status: string) =>
      read(post(topic({ notification_messages_status })))
    expect(linesOf(status('RESUME_NOTIFICATIONS'))).toEqual([`opt-in ${own} ${at}`])
    expect(status('PAUSED')).toMatchObject({ signals: [], hasUnreadable: true })
  })

  test('of a topic that nobody configured can be stopped, and not begun', () => {
    const other = { payload: 'topic-news' }
    expect(lines(topic(other))).toEqual([])
    const stopped = topic({ ...other, notification_messages_status: 'STOP NOTIFICATIONS' })
    expect(lines(stopped)).toEqual([`opt-out ${wide} ${at}`])
  })

  test('have an end in seconds too', () => {
    const [first] = read(post(topic({ token_expiry_timestamp: '1811059200' })))?.signals ?? []
    expect(first?.ok === true && first.signal.until).toBe(1_811_059_200_000_000)
  })
})

describe('a batch', () => {
  test('costs nobody for a broken neighbour, which is kept', () => {
    const payload = {
      object: 'page',
      entry: [3, { id: bot, messaging: [null, 'x', { optin: { type: 'a' } }, text('Stop')] }],
    }
    expect(linesOf(read(payload))).toEqual(optOuts)
    expect(read(payload)?.hasUnreadable).toBe(true)
  })

  test('in another order, or twice, says the same under the same ids', () => {
    const idsOf = (...events: readonly unknown[]) =>
      new Set(read(post(...events))?.signals.map(({ id }) => id))
    const [stop, start] = [text('stop'), text('start')]
    expect(idsOf(start, stop, start)).toEqual(idsOf(stop, start))
  })

  test('of another product says nothing, and of none cannot be read', () => {
    expect(read({ object: 'instagram', entry: [] })).toMatchObject({ ignored: ['object'] })
    expect(read({ object: 'page' })).toBeNull()
    expect(readingOf(source, requestOf('messenger', { body: 'Stop' }))).toBeNull()
  })
})
