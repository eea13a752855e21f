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

const env = { NEW: 'new-token', OLD: 'old-token' }
const fields = { secrets: ['env:NEW', 'env:OLD'], sender: bot }
const source = sourceOf('telegram', fields, env)
const welcoming = sourceOf(
  'telegram',
  {
    ...fields,
    buttons: {
      '/start': { action: 'opt-in', disclosure: 'By starting you agree to our offers' },
      shop_link: { action: 'opt-in', group: 'offers-telegram' },
      leave: { action: 'opt-out' },
    },
  },
  env,
)

const user = 987_654_321
const at = 'at 2026-11-23T08:00:00.000000Z'
const wide = `brand:acme/telegram ${user}`
const own = `group:offers-telegram ${user}`
const optOuts = [`opt-out ${wide} ${at}`, `opt-out ${own} ${at}`]

type Part = Readonly<Record<string, unknown>>
const from = { id: user, is_bot: false, first_name: 'Ana', username: 'ana_b' }
const chat = { id: user, type: 'private', first_name: 'Ana' }
const update = (part: Part): Part => ({ update_id: 10_000, ...part })
const text = (words: string, part: Part = {}): Part =>
  update({
    message: { message_id: 7, date: 1_795_420_800, chat, from, text: words, ...part },
  })
const member = (status: string, inChat: Part = chat): Part =>
  update({
    my_chat_member: {
      chat: inChat,
      from,
      date: 1_795_420_800,
      old_chat_member: { user: { id: 1, is_bot: true }, status: 'member' },
      new_chat_member: { user: { id: 1, is_bot: true }, status },
    },
  })

const header = 'x-telegram-bot-api-secret-token'
const sent = (payload: unknown, secret = env.NEW): RawRequest =>
  requestOf('telegram', { headers: { [header]: secret }, body: JSON.stringify(payload) })
const lines = (payload: unknown, by = source) => linesOf(readingOf(by, sent(payload)))

describe('the secret of the header', () => {
  const verdict = (raw: RawRequest) => wordOf(verdictOn(source, raw))

  test('is believed as the new one and as the old one', () => {
    expect(verdict(sent(text('Stop')))).toBe('believed')
    expect(verdict(sent(text('Stop'), env.OLD))).toBe('believed')
  })

  test.each(['foreign', 'new-toke', 'new-token ', 'NEW-TOKEN', '', '\ud800'])(
    'that is %j is forged',
    (secret) => {
      expect(verdict(sent(text('Stop'), secret))).toBe('forged')
    },
  )

  test('that is missing is unsigned', () => {
    expect(verdict({ ...sent(text('Stop')), headers: {} })).toBe('unsigned')
  })

  test('is needed for a start', () => {
    expect(() => sourceOf('telegram', { sender: bot }, env)).toThrow('telegram needs this')
  })
})

describe('a text', () => {
  test.each([
    ['/stop', optOuts],
    ['/stop@acme_bot', optOuts],
    ['Stop', optOuts],
    ['/unsubscribe please', optOuts],
    ['START', [`opt-in ${wide} ${at}`, `opt-in ${own} ${at}`]],
    ['/help', []],
    ['/menu', []],
    ['no more messages', [`intent-suspected ${wide} ${at}`]],
    ['hello', []],
  ])('of %s', (words, expected) => {
    expect(lines(text(words))).toEqual(expected)
  })

  test('is the person’s own act, under the id of the update', () => {
    const [first] = readingOf(source, sent(text('/stop')))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: 'urn:telegram:bot',
      id: `10000:${user}:opt-out`,
      addresses: [{ kind: 'telegram-user', value: '987654321' }],
      actor: 'person',
      method: 'chat-keyword',
      clock: 'provider',
      evidence: { text: '/stop', keywordRule: 'opt-out/fcc/stop' },
    })
  })

  test('of a source that does not name its bot is about the brand alone', () => {
    const { sender: _sender, ...nameless } = fields
    expect(lines(text('/stop'), sourceOf('telegram', nameless, env))).toEqual([optOuts[0]])
  })

  test('in a group of people, or of somebody else, says nothing', () => {
    expect(lines(text('/stop', { chat: { id: -5, type: 'supergroup' } }))).toEqual([])
    expect(lines(text('Stop', { forward_origin: { type: 'hidden_user' } }))).toEqual([])
  })
})

describe('/start', () => {
  test.each(['/start', '/start@acme_bot', '/start shop_link'])(
    'as %s lifts and grants nothing, where nobody says that it promises something',
    (words) => {
      expect(lines(text(words))).toEqual([`opt-in ${wide} ${at}`])
    },
  )

  test('subscribes where the welcome says so, and keeps what it said', () => {
    expect(lines(text('/start'), welcoming)).toEqual([`opt-in ${own} ${at}`])
    const [first] = readingOf(welcoming, sent(text('/start')))?.signals ?? []
    expect(first?.ok === true && first.signal.evidence).toMatchObject({
      disclosure: 'By starting you agree to our offers',
      keywordRule: 'button/own//start',
    })
  })

  test.each([
    ['shop_link', [`opt-in ${own} ${at}`]],
    ['leave', optOuts],
    ['unheard_of', [`opt-in ${own} ${at}`]],
  ])('by the link %s', (payload, expected) => {
    expect(lines(text(`/start ${payload}`), welcoming)).toEqual(expected)
  })
})

describe('the bot', () => {
  test('that is blocked was told to stop, on Telegram’s word', () => {
    expect(lines(member('kicked'))).toEqual(optOuts)
    const [first] = readingOf(source, sent(member('kicked')))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      actor: 'provider',
      method: 'provider-signal',
    })
  })

  test('that may speak again, or was thrown out of a group, changes nothing', () => {
    expect(lines(member('member'))).toEqual([])
    expect(lines(member('kicked', { id: -5, type: 'group' }))).toEqual([])
  })
})

describe('a button', () => {
  const press = (data: string | undefined, inChat: Part = chat): Part =>
    update({ callback_query: { id: '4', from, data, message: { message_id: 8, chat: inChat } } })

  test('counts by its data, and has no time of its own', () => {
    expect(lines(press('shop_link'), welcoming)).toEqual([`opt-in ${own}`])
    expect(lines(press('leave'), welcoming)).toEqual([`opt-out ${wide}`, `opt-out ${own}`])
    const [first] = readingOf(welcoming, sent(press('shop_link')))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      method: 'chat-button',
      clock: 'server',
      deliveryDelayMicrosMax: 86_400_000_000,
    })
  })

  test('of a game, of a group of people or of nobody’s configuration says nothing', () => {
    expect(lines(press(undefined), welcoming)).toEqual([])
    expect(lines(press('leave', { id: -5, type: 'group' }), welcoming)).toEqual([])
    expect(lines(press('start'), welcoming)).toEqual([])
  })
})

test('two bots that count the same update do not meet', () => {
  const idOf = (id: number) => {
    const payload = text('/stop', { from: { ...from, id }, chat: { ...chat, id } })
    return readingOf(source, sent(payload))?.signals[0]?.id
  }
  expect(idOf(1)).not.toBe(idOf(2))
})

test.each(['', 'null', '{}', '{"update_id":"1"}', '{"update_id":1,"message":{}}', 'Stop'])(
  'a body that is %j cannot be read',
  (body) => {
    expect(readingOf(source, requestOf('telegram', { body }))).toBeNull()
  },
)

test('an update of a kind of the future says nothing', () => {
  expect(lines(update({ hologram: { text: 'Stop' } }))).toEqual([])
})
