import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { providers, readSources } from '@ledger/sources'
import { ask } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

/** RCS, Telegram and Viber from their requests to the answer before the next send. */
const secret = 'agreed-secret'
const bot = 'acme_bot'
let ledger: TestLedger
beforeAll(async () => {
  const [brand, secrets] = ['acme', ['env:SECRET']]
  const agreed = { action: 'opt-in', disclosure: 'By starting you agree to our offers' }
  const sources = {
    'acme-rcs': { provider: 'rcs', brand, secrets },
    'acme-viber': { provider: 'viber', brand, secrets, sender: bot },
    'acme-tg': { provider: 'telegram', brand, secrets, sender: bot, buttons: { '/start': agreed } },
  }
  const read = readSources(JSON.stringify({ sources }), { SECRET: secret }, providers)
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  ledger = await openTestLedger(() => ({ sources: read.sources }))
  for (const channel of ['rcs', 'sms', 'telegram', 'viber']) {
    const body = { name: channel, channel, brand, purpose: 'marketing', senders: [bot] }
    await ask(ledger.app, 'PUT', `/v1/groups/${channel}`, { body })
  }
})
afterAll(() => ledger.close())

type Part = Readonly<Record<string, unknown>>
async function post(path: string, body: string, headers: Readonly<Record<string, string>>) {
  const answer = await ask(ledger.app, 'POST', `/sources/${path}`, { key: null, body, headers })
  expect(answer.status).toBe(200)
  return answer
}

/** The state of an address, as of everything that was recorded. */
async function stateOf(group: string, kind: string, value: string): Promise<unknown> {
  const atLeast = await ledger.deps.reader.head()
  const body = { group, addresses: [{ kind, value }], atLeast }
  const answer = await ask(ledger.app, 'POST', '/v1/state', { body })
  return answer.json['results']?.['0']?.['state']
}

const rcs = (content: Part) => {
  const data = Buffer.from(JSON.stringify({ agentId: bot, ...content }))
  const signature = createHmac('sha512', secret).update(data).digest('base64')
  const body = JSON.stringify({ message: { data: data.toString('base64') } })
  return post('rcs/acme-rcs', body, { 'x-goog-signature': signature })
}

test('one tap that sends an event and a text is one opt-out, in either order', async () => {
  const now = () => new Date().toISOString()
  for (const [index, isEventFirst] of [true, false].entries()) {
    const person = `+1202555018${index}`
    const from = { senderPhoneNumber: person }
    const stops = [
      () => rcs({ ...from, eventType: 'UNSUBSCRIBE', eventId: 'E1' }),
      () => rcs({ ...from, messageId: 'M2', sendTime: now(), text: 'STOP' }),
    ]
    await rcs({ ...from, messageId: 'M1', sendTime: now(), text: 'START' })
    expect(await stateOf('rcs', 'phone', person)).toBe('subscribed')
    for (const stop of isEventFirst ? stops : stops.toReversed()) {
      await stop()
      expect(await stateOf('rcs', 'phone', person)).toBe('unsubscribed')
    }
    // Both go back with one START, and RCS speaks for SMS as well.
    await rcs({ ...from, messageId: 'M3', sendTime: now(), text: 'START' })
    expect(await stateOf('rcs', 'phone', person)).toBe('subscribed')
    const changes = await ask(ledger.app, 'GET', '/v1/changes?limit=1000')
    const items = changes.json['items'] as unknown as readonly Part[]
    const states = items.filter(({ group }) => group === 'rcs').map(({ state }) => state)
    expect(states.slice(3 * index)).toEqual(['subscribed', 'unsubscribed', 'subscribed'])
  }
})

test('a handshake is answered with its secret', async () => {
  const answer = await post('rcs/acme-rcs', `{"clientToken":"${secret}","secret":"4711"}`, {})
  expect(answer.text).toBe('4711')
})

test('a bot that was blocked may write again only after a new start', async () => {
  const user = { id: 4_242 }
  let update = 0
  const telegram = (part: (date: number) => Part) => {
    update += 1
    const body = { update_id: update, ...part(Math.floor(Date.now() / 1_000) - 60 + update) }
    const headers = { 'x-telegram-bot-api-secret-token': secret }
    return post('telegram/acme-tg', JSON.stringify(body), headers)
  }
  const chat = { id: user.id, type: 'private' }
  const say = (text: string) => telegram((date) => ({ message: { date, chat, from: user, text } }))
  const member = (status: string) =>
    telegram((date) => ({
      my_chat_member: { date, chat, from: user, new_chat_member: { status } },
    }))
  const states: unknown[] = []
  for (const act of [
    () => say('/start'),
    () => member('kicked'),
    () => member('member'),
    () => say('hello again'),
    () => say('/start'),
    () => say('/stop'),
  ]) {
    await act()
    states.push(await stateOf('telegram', 'telegram-user', '4242'))
  }
  expect(states).toEqual([
    ...['subscribed', 'unsubscribed', 'unsubscribed', 'unsubscribed', 'subscribed', 'unsubscribed'],
  ])
})

test('what Viber delivers late does not undo what the person said after it', async () => {
  const user = '01234567890A='
  const viber = (event: string, ago: number) => {
    const timestamp = Date.now() - ago
    const who = event === 'subscribed' ? { user: { id: user } } : { user_id: user }
    const body = JSON.stringify({ event, timestamp, message_token: timestamp, ...who })
    const hex = createHmac('sha256', secret).update(body).digest('hex')
    return post('viber/acme-viber', body, { 'x-viber-content-signature': hex })
  }
  await viber('unsubscribed', 10_000)
  await viber('subscribed', 20_000)
  expect(await stateOf('viber', 'viber-user', user)).toBe('unsubscribed')
  await viber('subscribed', 5_000)
  await viber('unsubscribed', 15_000)
  expect(await stateOf('viber', 'viber-user', user)).toBe('subscribed')
})

test.each([
  ['telegram', '403', 'unsubscribed'],
  ['telegram', '429', 'never'],
  ['viber', '6', 'unsubscribed'],
  ['viber', '5', 'never'],
])('a send that %s failed with %s leaves its person %s', async (provider, code, state) => {
  const value = `of-${provider}-${code}`
  const address = { kind: `${provider}-user`, value }
  const submittedAt = new Date(Date.now() - 1_000).toISOString()
  const body = { provider, code, messageId: value, submittedAt, address }
  const door = `/sources/failures/acme-${provider === 'viber' ? 'viber' : 'tg'}`
  expect((await ask(ledger.app, 'POST', door, { body })).status).toBe(200)
  expect(await stateOf(provider, address.kind, value)).toBe(state)
})
