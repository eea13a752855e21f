import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { providers, readSources } from '@ledger/sources'
import type { Answer } from '../testing/client.ts'
import { ask } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

/** WhatsApp from its request to the answer before the next send. */
const secret = 'app-secret'
const door = '/sources/whatsapp/acme-wa'
let ledger: TestLedger
beforeAll(async () => {
  const source = {
    provider: 'whatsapp',
    brand: 'acme',
    secrets: ['env:APP'],
    verifyToken: 'env:VERIFY',
    buttons: { JOIN: { action: 'opt-in', group: 'offers-wa' } },
  }
  const env = { APP: secret, VERIFY: 'agreed' }
  const read = readSources(JSON.stringify({ sources: { 'acme-wa': source } }), env, providers)
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  ledger = await openTestLedger(() => ({ sources: read.sources }))
  const group = { channel: 'whatsapp', brand: 'acme', senders: ['5566778899'] }
  const [offers, receipts] = ['marketing', 'transactional'].map((purpose) => ({
    ...{ ...group, name: purpose, purpose },
  }))
  await ask(ledger.app, 'PUT', '/v1/groups/offers-wa', { body: offers })
  await ask(ledger.app, 'PUT', '/v1/groups/receipts-wa', { body: receipts })
})
afterAll(() => ledger.close())

type Part = Readonly<Record<string, unknown>>
const bodyOf = (value: Part, field = 'messages'): string =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '1029384756',
        changes: [{ field, value: { metadata: { phone_number_id: '5566778899' }, ...value } }],
      },
    ],
  })
const signatureOf = (body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

const post = (body: string, signature: string | null = signatureOf(body)): Promise<Answer> =>
  ask(ledger.app, 'POST', door, {
    key: null,
    body,
    headers: signature === null ? {} : { 'x-hub-signature-256': signature },
  })

let sent = 0
const messageOf = (part: Part): Part => {
  sent += 1
  const timestamp = String(Math.floor(Date.now() / 1_000) - 600 + sent)
  return { id: `wamid.${sent}`, timestamp, type: 'text', ...part }
}
const join = { type: 'button', button: { payload: 'JOIN', text: 'Join' } }
const stop = { text: { body: 'Stop' } }
const send = (...messages: readonly Part[]): Promise<Answer> => post(bodyOf({ messages }))

/** May we message them? As of everything that was recorded. */
async function isPermitted(value: string, group = 'offers-wa'): Promise<unknown> {
  const addresses = [{ kind: 'whatsapp-user', value }]
  const atLeast = await ledger.deps.reader.head()
  const answer = await ask(ledger.app, 'POST', '/v1/permissions', {
    body: { group, addresses, atLeast },
  })
  return answer.json['results']?.['0']?.['permitted']
}

describe('the door', () => {
  test('answers a GET with its challenge, and only to whom the token was told', async () => {
    const query = (token: string) =>
      `${door}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`
    const good = await ask(ledger.app, 'GET', query('agreed'), { key: null })
    expect([good.status, good.text]).toEqual([200, '1158201444'])
    expect(String(good.headers['content-type'])).toContain('text/plain')
    expect((await ask(ledger.app, 'GET', query('other'), { key: null })).status).toBe(403)
  })

  test('refuses what is unsigned or forged, and records nothing of it', async () => {
    const before = await ledger.deps.reader.head()
    const body = bodyOf({ messages: [messageOf({ from: '15550100100', ...stop })] })
    expect((await post(body, null)).status).toBe(401)
    expect((await post(body, signatureOf(`${body} `))).status).toBe(403)
    expect(await ledger.deps.reader.head()).toBe(before)
  })
})

describe('a person', () => {
  test('joins by a button and leaves by a word', async () => {
    const from = '15550100101'
    expect((await send(messageOf({ from, ...join }))).status).toBe(200)
    expect(await isPermitted(from)).toBe(true)
    expect((await send(messageOf({ from, ...stop }))).status).toBe(200)
    expect([await isPermitted(from), await isPermitted(from, 'receipts-wa')]).toEqual([
      false,
      false,
    ])
  })

  test('is left alone whichever of the two came first, and however often', async () => {
    const from = '15550100102'
    const [joined, stopped] = [messageOf({ from, ...join }), messageOf({ from, ...stop })]
    await send(stopped)
    await send(joined, stopped, joined)
    const head = await ledger.deps.reader.head()
    await send(stopped, joined)
    expect(await ledger.deps.reader.head()).toBe(head)
    expect(await isPermitted(from)).toBe(false)
  })

  test('who stops by their user id is not reached by their number either', async () => {
    const [from, id] = ['15550100103', 'US.103']
    await send(messageOf({ from, ...join }))
    // An ordinary message tells that both are one person.
    await send(messageOf({ from, from_user_id: id, text: { body: 'hello' } }))
    expect(await isPermitted(from)).toBe(true)
    await send(messageOf({ from_user_id: id, ...stop }))
    expect(await isPermitted(from)).toBe(false)
  })

  test('who chats on adds nothing to the log', async () => {
    const keys = { from: '15550100104', from_user_id: 'US.104' }
    await send(messageOf({ ...keys, text: { body: 'hello' } }))
    const head = await ledger.deps.reader.head()
    await send(messageOf({ ...keys, text: { body: 'still there?' } }))
    expect(await ledger.deps.reader.head()).toBe(head)
  })

  test('takes their opt-out along to a new number, and not their opt-in', async () => {
    const [before, after, other] = ['15550100105', '15550100106', '15550100107']
    const change = { type: 'system', system: { type: 'user_changed_number', wa_id: after } }
    await send(messageOf({ from: before, ...join }))
    await send(messageOf({ from: before, ...change }))
    expect(await isPermitted(after)).toBe(false)
    await send(messageOf({ from: after, ...join }))
    expect(await isPermitted(after)).toBe(true)
    await send(messageOf({ from: before, ...stop }))
    expect([await isPermitted(after), await isPermitted(other)]).toEqual([false, false])
  })

  test('P15: who stops the marketing still gets what they bought', async () => {
    const wa_id = '15550100108'
    await send(messageOf({ from: wa_id, ...join }))
    const wish = (value: string) => {
      const timestamp = Math.floor(Date.now() / 1_000) + (value === 'stop' ? -2 : -1)
      const user_preferences = [{ wa_id, category: 'marketing_messages', value, timestamp }]
      return post(bodyOf({ user_preferences }, 'user_preferences'))
    }
    await wish('stop')
    expect([await isPermitted(wa_id), await isPermitted(wa_id, 'receipts-wa')]).toEqual([
      false,
      true,
    ])
    await wish('resume')
    expect(await isPermitted(wa_id)).toBe(true)
  })
})

test('a broken element is kept for a person to look at, and its neighbour is heard', async () => {
  const from = '15550100109'
  const answer = await send(
    { id: 'wamid.broken', text: { body: 'Stop' } },
    messageOf({ from, ...stop }),
  )
  expect(answer.status).toBe(200)
  expect(await isPermitted(from, 'receipts-wa')).toBe(false)
  const reviews = await ask(ledger.app, 'GET', '/v1/reviews')
  expect(reviews.text).toContain('unreadable-body')
})
