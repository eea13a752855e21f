import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disclosureStream } from '@ledger/domain'
import { providers, readSources } from '@ledger/sources'
import { ask, cloudEvent, textOf } from '../testing/client.ts'
import type { Json } from '../testing/client.ts'
import { openTestLedger } from '../testing/test-ledger.ts'
import type { TestLedger } from '../testing/test-ledger.ts'

const secret = 'whsec_Zm9ybSBrZXkgb2YgdGhlIHNob3AgMTIzNA=='
const disclosure = 'Acme sends its news once a week. Leave by the link in each.'

let ledger: TestLedger
beforeAll(async () => {
  const file = {
    join: {
      provider: 'web-form',
      brand: 'acme',
      secrets: ['env:SECRET'],
      groups: ['news', 'asked'],
    },
    shop: { provider: 'standard-webhooks', brand: 'acme', secrets: ['env:SECRET'] },
  }
  const read = readSources(JSON.stringify({ sources: file }), { SECRET: secret }, providers)
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  ledger = await openTestLedger(() => ({
    sources: read.sources,
    publicUrl: 'https://consent.acme.example',
  }))
  const group = { channel: 'email', brand: 'acme', purpose: 'marketing' }
  const put = (id: string, body: object) => ask(ledger.app, 'PUT', `/v1/groups/${id}`, { body })
  await put('news', { ...group, name: 'News' })
  await put('asked', { ...group, name: 'Asked twice', doubleOptIn: true, confirmWithinDays: 3 })
})
afterAll(() => ledger.close())

const key = `Bearer ${secret}`
const results = ({ json }: { readonly json: Json }) => json['results'] as unknown as Json[]
const formOf = (email: string, group: string, more: object = {}) => ({
  id: `${email}-${group}`,
  email,
  formUrl: 'https://acme.example/join',
  disclosure,
  boxes: [{ group, initial: false, final: true }],
  ...more,
})
const send = (body: object) => ask(ledger.app, 'POST', '/sources/web-form/join', { key, body })

async function stateOf(value: string, group: string): Promise<string> {
  const body = { group, addresses: [{ kind: 'email', value }], consistency: 'strong' }
  const [first] = results(await ask(ledger.app, 'POST', '/v1/state', { body }))
  return textOf(first?.['state'])
}

describe('a web form', () => {
  test('grants, and its words are kept once, to be shown as they were', async () => {
    for (const name of ['ada', 'eve']) {
      const answer = await send(formOf(`${name}@example.com`, 'news'))
      expect([answer.status, results(answer)[0]?.['outcome']]).toEqual([200, 'recorded'])
      expect(results(answer)[0]).not.toHaveProperty('confirm')
    }
    expect(await stateOf('ada@example.com', 'news')).toBe('subscribed')
    const id = createHash('sha256').update(disclosure).digest('hex')
    const kept = await ledger.deps.reader.readStream(disclosureStream(id))
    expect(kept.map(({ data }) => data)).toEqual([{ text: disclosure }])
    const again = await send(formOf('ada@example.com', 'news'))
    expect(results(again)[0]?.['outcome']).toBe('duplicate')
  })

  test('asks for confirmation, with the link for it in the answer', async () => {
    const who = 'lin@example.com'
    const [first] = results(await send(formOf(who, 'asked')))
    expect(await stateOf(who, 'asked')).toBe('pending')
    const url = textOf(first?.['confirm']?.['url'])
    expect(url).toMatch(/^https:\/\/consent\.acme\.example\/u\/[\w-]+$/)
    const days = (Date.parse(textOf(first?.['confirm']?.['expiresAt'])) - Date.now()) / 86_400_000
    expect(Math.round(days)).toBe(3)
    const pressed = { key: null, type: 'application/x-www-form-urlencoded', body: 'act=confirm' }
    const done = await ask(ledger.app, 'POST', new URL(url).pathname, pressed)
    expect(done.status).toBe(200)
    expect(await stateOf(who, 'asked')).toBe('subscribed')
  })

  test('whose answer was lost gets a link again, and both together confirm once', async () => {
    const who = 'max@example.com'
    const links = []
    for (let times = 0; times < 2; times += 1) {
      const [first] = results(await send(formOf(who, 'asked')))
      links.push(new URL(textOf(first?.['confirm']?.['url'])).pathname)
    }
    const bodies = []
    for (const link of links) {
      const pressed = { key: null, type: 'application/x-www-form-urlencoded', body: 'act=confirm' }
      bodies.push((await ask(ledger.app, 'POST', link, pressed)).text.includes('Confirmed'))
    }
    expect(bodies).toEqual([true, false])
    expect(await stateOf(who, 'asked')).toBe('subscribed')
  })

  test('with a box ticked beforehand or by a machine changes nothing', async () => {
    const who = 'bot@example.com'
    const ticked = formOf(who, 'news', { boxes: [{ group: 'news', initial: true, final: true }] })
    const [first] = results(await send(ticked))
    expect(first).toMatchObject({ outcome: 'quarantined', problem: { code: 'box-preticked' } })
    const filled = formOf(who, 'asked', { honeypot: 'x' })
    const [second] = results(await send(filled))
    expect(second).toMatchObject({ outcome: 'quarantined', problem: { code: 'act-automated' } })
    expect(second).not.toHaveProperty('confirm')
    expect(await stateOf(who, 'news')).toBe('never')
  })

  test('that cannot be read says so, and is kept for a person to look at', async () => {
    const answer = await send({ id: 'x', email: 'who@example.com', boxes: 'all' })
    expect(answer).toMatchObject({ status: 200, json: { results: [] } })
    expect(textOf(answer.json['problem'])).toContain('/v1/reviews')
    const { json } = await ask(ledger.app, 'GET', '/v1/reviews')
    expect((json['items'] as unknown as Json[]).map(({ kind }) => kind)).toContain(
      'unreadable-body',
    )
  })

  test('to leave is taken, whatever its content type', async () => {
    const body = JSON.stringify({ id: 'out-1', action: 'opt-out', email: 'ada@example.com' })
    for (const type of ['nonsense', 'text/plain', 'application/json; charset=utf-16']) {
      const answer = await ask(ledger.app, 'POST', '/sources/web-form/join', { key, body, type })
      expect(answer.status).toBe(200)
    }
    expect(await stateOf('ada@example.com', 'news')).toBe('unsubscribed')
  })

  test('by another key is forged, and says nothing', async () => {
    const body = formOf('forged@example.com', 'news')
    const wrong = { key: 'Bearer guessed', body }
    expect((await ask(ledger.app, 'POST', '/sources/web-form/join', wrong)).status).toBe(403)
    expect(await stateOf('forged@example.com', 'news')).toBe('never')
  })
})

describe('a webhook of a producer', () => {
  const sendAt = (seconds: number, action: string, id: string) => {
    const address = { kind: 'email', value: 'shop@example.com' }
    const evidence = { disclosure, formUrl: 'https://acme.example/join' }
    const data = {
      address,
      scope: { group: 'news' },
      actor: 'person',
      method: 'web-form',
      evidence,
    }
    const body = JSON.stringify(cloudEvent(action, data, { id }))
    const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64')
    const signature = createHmac('sha256', bytes)
      .update(`${id}.${seconds}.${body}`)
      .digest('base64')
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': `v1,${signature}`,
    }
    return ask(ledger.app, 'POST', '/sources/standard-webhooks/shop', { key: null, body, headers })
  }
  const now = () => Math.floor(Date.now() / 1_000)

  test('with an old time opts out and does not opt in', async () => {
    expect(results(await sendAt(now(), 'opt-in', 'w1'))[0]?.['outcome']).toBe('recorded')
    expect(await stateOf('shop@example.com', 'news')).toBe('subscribed')
    expect(results(await sendAt(now() - 3_600, 'opt-out', 'w2'))[0]?.['outcome']).toBe('recorded')
    expect(await stateOf('shop@example.com', 'news')).toBe('unsubscribed')
    const [late] = results(await sendAt(now() - 3_600, 'opt-in', 'w3'))
    expect(late).toMatchObject({ outcome: 'quarantined', problem: { code: 'stale-signature' } })
    expect(await stateOf('shop@example.com', 'news')).toBe('unsubscribed')
  })

  test('sent again is answered as before and changes nothing', async () => {
    const outcomes = [await sendAt(now(), 'opt-out', 'w4'), await sendAt(now(), 'opt-out', 'w4')]
    expect(outcomes.map((each) => [each.status, results(each)[0]?.['outcome']])).toEqual([
      [200, 'recorded'],
      [200, 'duplicate'],
    ])
  })
})
