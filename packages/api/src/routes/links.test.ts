import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { microsPerDay } from '@ledger/domain'
import { ask, cloudEvent, textOf } from '../testing/client.ts'
import type { Json } from '../testing/client.ts'
import { openTestLedger } from '../testing/test-ledger.ts'
import type { TestLedger } from '../testing/test-ledger.ts'

/** Links as mail software, mailbox providers and people use them: through a real socket. */
let ledger: TestLedger
let origin: string
/** How far the clock of links is ahead. */
let aheadMicros = 0
beforeAll(async () => {
  ledger = await openTestLedger(({ queries }) => ({
    publicUrl: 'https://consent.acme.example',
    queries: { ...queries, now: () => queries.now() + aheadMicros },
  }))
  await ledger.app.listen({ host: '127.0.0.1', port: 0 })
  origin = `http://127.0.0.1:${(ledger.app.server.address() as AddressInfo).port}`
  const group = { channel: 'email', brand: 'acme', purpose: 'marketing' }
  const groups = {
    news: { ...group, name: 'News & <views>' },
    deals: { ...group, name: 'Deals' },
    asked: { ...group, name: 'Asked twice', doubleOptIn: true },
    texts: { ...group, name: 'Texts', channel: 'sms' },
  }
  for (const [id, body] of Object.entries(groups)) {
    await ask(ledger.app, 'PUT', `/v1/groups/${id}`, { body })
  }
})
afterAll(() => ledger.close())

afterEach(() => {
  aheadMicros = 0
})

const email = (value: string) => ({ kind: 'email', value })

async function mint(purpose: string, value: string, scope: object): Promise<string> {
  const body = { purpose, scope, addresses: [email(value)] }
  const { json, status } = await ask(ledger.app, 'POST', '/v1/tokens', { body })
  expect(status).toBe(200)
  return textOf((json['results'] as unknown as readonly Json[])[0]?.['token'])
}

/** A grant by the person's own act. */
async function optIn(value: string, group: string): Promise<void> {
  const evidence = { disclosure: 'Send me news', formUrl: 'https://acme.example/join' }
  const act = { actor: 'person', method: 'web-form', evidence }
  const body = cloudEvent('opt-in', { address: email(value), scope: { group }, ...act })
  const { json } = await ask(ledger.app, 'POST', '/v1/signals', { body })
  expect(json['outcome']).toBe('recorded')
}

async function stateOf(value: string, group: string): Promise<string> {
  const body = { group, addresses: [email(value)], consistency: 'strong' }
  const { json } = await ask(ledger.app, 'POST', '/v1/state', { body })
  return textOf((json['results'] as unknown as readonly Json[])[0]?.['state'])
}

const get = (token: string, method = 'GET') =>
  fetch(`${origin}/u/${token}`, { method, redirect: 'manual' })

const post = (token: string, fields: Readonly<Record<string, string>> | FormData) =>
  fetch(`${origin}/u/${token}`, {
    method: 'POST',
    redirect: 'manual',
    body: fields instanceof FormData ? fields : new URLSearchParams(fields),
  })

const oneClick = { 'List-Unsubscribe': 'One-Click' }
function multipart(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}

describe('a one-click link', () => {
  test.each([
    ['urlencoded', oneClick],
    ['multipart', multipart(oneClick)],
  ])('unsubscribes by a POST that is %s, again and again', async (encoding, body) => {
    const who = `${encoding}@example.com`
    await optIn(who, 'news')
    const token = await mint('unsubscribe', who, { group: 'news' })
    const before = await ledger.deps.reader.head()
    for (const method of ['GET', 'HEAD', 'OPTIONS']) await get(token, method)
    await post(token, {})
    await post(token, { 'List-Unsubscribe': 'Perhaps' })
    expect(await ledger.deps.reader.head()).toBe(before)
    expect(await stateOf(who, 'news')).toBe('subscribed')

    for (let times = 0; times < 2; times += 1) {
      const answer = await post(token, body)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        'text/plain; charset=utf-8',
      ])
      expect(answer.headers.get('set-cookie')).toBeNull()
      expect(await answer.text()).toBe('You are unsubscribed.\n')
    }
    expect(await stateOf(who, 'news')).toBe('unsubscribed')
  })

  test.each([
    ['a wrong boundary', 'multipart/form-data; boundary=other'],
    ['another type', 'text/plain'],
    ['no type', ''],
  ])('unsubscribes by a body of %s too', async (how, type) => {
    const who = `${how.replaceAll(' ', '-')}@example.com`
    await optIn(who, 'news')
    const token = await mint('unsubscribe', who, { group: 'news' })
    const body =
      '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--'
    const headers = type === '' ? {} : { 'content-type': type }
    const sent = { method: 'POST', headers, body: Buffer.from(body) }
    expect((await fetch(`${origin}/u/${token}`, sent)).status).toBe(200)
    expect(await stateOf(who, 'news')).toBe('unsubscribed')
  })

  test('unsubscribes again who has come back meanwhile, also within the same minute', async () => {
    const who = 'back@example.com'
    const token = await mint('unsubscribe', who, { brand: 'acme', family: 'email' })
    for (let times = 0; times < 3; times += 1) {
      await optIn(who, 'news')
      expect(await stateOf(who, 'news')).toBe('subscribed')
      expect((await post(token, oneClick)).status).toBe(200)
      expect(await stateOf(who, 'news')).toBe('unsubscribed')
    }
    const head = await ledger.deps.reader.head()
    expect((await post(token, oneClick)).status).toBe(200)
    expect(await ledger.deps.reader.head()).toBe(head)
  })

  test('asks a person first, on a page that nobody can index, frame or script', async () => {
    const who = 'reader@example.com'
    await optIn(who, 'news')
    const token = await mint('unsubscribe', who, { group: 'news' })
    const shown = await get(token)
    const html = await shown.text()
    expect(shown.status).toBe(200)
    expect(html).toContain('News &amp; &lt;views&gt;')
    expect(html).not.toContain(who)
    expect(html).not.toContain('<script')
    expect(html).not.toContain(token)
    const headers = Object.fromEntries(shown.headers)
    expect(headers).toMatchObject({
      'x-robots-tag': 'noindex, nofollow',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
    })
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(headers['set-cookie']).toBeUndefined()
    const done = await post(token, { act: 'unsubscribe' })
    expect(await done.text()).toContain('You are unsubscribed')
    expect(await stateOf(who, 'news')).toBe('unsubscribed')
  })

  test.each(['unsubscribe', 'preferences', 'confirm'])(
    'works with whatever link stands in the header: %s',
    async (purpose) => {
      const who = `header-${purpose}@example.com`
      await optIn(who, 'news')
      const token = await mint(purpose, who, { group: 'news' })
      expect((await post(token, oneClick)).status).toBe(200)
      expect(await stateOf(who, 'news')).toBe('unsubscribed')
    },
  )
})

describe('a token', () => {
  test('that was changed, cut or made up is not valid, whoever it may be about', async () => {
    const token = await mint('unsubscribe', 'forge@example.com', { group: 'news' })
    const last = token.endsWith('A') ? 'B' : 'A'
    const other = await mint('unsubscribe', 'forge@example.com', { group: 'deals' })
    const crossed = other.slice(0, 30) + token.slice(30)
    const odd = ['x', '%00', 'a'.repeat(2_000), token.slice(0, -4), `${token.slice(0, -4)}${last}`]
    const before = await ledger.deps.reader.head()
    const answers = new Set<string>()
    for (const each of [...odd, crossed]) {
      for (const answer of [await get(each), await post(each, oneClick)]) {
        expect(answer.status).toBe(404)
        answers.add(await answer.text())
      }
    }
    expect(answers.size).toBe(1)
    expect(await ledger.deps.reader.head()).toBe(before)
  })

  test('holds nobody in clear, is another each time, and fits a header', async () => {
    const value = `${'long-'.repeat(10)}name@customers.example.com`
    const tokens = [
      await mint('unsubscribe', value, { group: 'news' }),
      await mint('unsubscribe', value, { group: 'news' }),
    ]
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) {
      expect(token.length).toBeLessThan(300)
      expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('example')
    }
  })
})

describe('a link to confirm', () => {
  test('confirms what was asked for, once, and only by its button', async () => {
    const who = 'twice@example.com'
    await optIn(who, 'asked')
    expect(await stateOf(who, 'asked')).toBe('pending')
    const token = await mint('confirm', who, { group: 'asked' })
    expect((await get(token)).status).toBe(200)
    await post(token, {})
    expect(await stateOf(who, 'asked')).toBe('pending')

    const done = await post(token, { act: 'confirm' })
    expect([done.status, await stateOf(who, 'asked')]).toEqual([200, 'subscribed'])
    const again = await post(token, { act: 'confirm' })
    expect([again.status, (await again.text()).includes('used before')]).toEqual([200, true])

    const leave = await mint('unsubscribe', who, { group: 'asked' })
    await post(leave, oneClick)
    expect((await post(token, { act: 'confirm' })).status).toBe(200)
    const second = await mint('confirm', who, { group: 'asked' })
    expect((await post(second, { act: 'confirm' })).status).toBe(200)
    expect(await stateOf(who, 'asked')).toBe('unsubscribed')
  })

  test('runs out', async () => {
    const who = 'late@example.com'
    await optIn(who, 'asked')
    const token = await mint('confirm', who, { group: 'asked' })
    aheadMicros = 7 * microsPerDay
    expect((await get(token)).status).toBe(410)
    expect((await post(token, { act: 'confirm' })).status).toBe(410)
    expect(await stateOf(who, 'asked')).toBe('pending')
  })
})

/** The fields of the form on a page, as a browser would send them back untouched. */
function fieldsOf(html: string): Record<string, string> {
  const form = html.slice(html.indexOf('<form'), html.indexOf('</form>'))
  const inputs = [...form.matchAll(/<input type="(\w+)" name="([^"]+)" value="([^"]*)"([^>]*)>/g)]
  const sent = inputs.filter(([, type, , , rest]) => type === 'hidden' || rest === ' checked')
  return Object.fromEntries(sent.map(([, , name = '', value = '']) => [name, value]))
}

describe('a link to choose', () => {
  test('shows what a person gets, and keeps what she changes and nothing else', async () => {
    const who = 'chooser@example.com'
    await optIn(who, 'news')
    const token = await mint('preferences', who, { brand: 'acme', family: 'email' })
    const html = await (await get(token)).text()
    expect(html).not.toContain('Texts')
    const untouched = fieldsOf(html)
    expect(untouched).toMatchObject({ 'was.news': 'in', 'choice.news': 'in', 'was.deals': '' })
    expect(untouched).not.toHaveProperty(['choice.deals'])

    const before = await ledger.deps.reader.head()
    expect((await post(token, untouched)).status).toBe(200)
    expect(await ledger.deps.reader.head()).toBe(before)

    const changed = { ...untouched, 'choice.news': 'out', 'choice.deals': 'in' }
    const kept = await post(token, changed)
    expect(await kept.text()).toContain('Your choices are kept.')
    expect(await stateOf(who, 'news')).toBe('unsubscribed')
    expect(await stateOf(who, 'deals')).toBe('subscribed')
    const after = await ledger.deps.reader.head()
    await post(token, changed)
    expect(await ledger.deps.reader.head()).toBe(after)
  })

  test('does not undo by an old page what was said elsewhere since', async () => {
    const who = 'stale-page@example.com'
    await optIn(who, 'news')
    const token = await mint('preferences', who, { family: 'email' })
    const old = fieldsOf(await (await get(token)).text())
    await post(await mint('unsubscribe', who, { group: 'news' }), oneClick)
    await post(token, { ...old, 'choice.deals': 'in' })
    expect(await stateOf(who, 'news')).toBe('unsubscribed')
    expect(await stateOf(who, 'deals')).toBe('subscribed')
  })

  test('stops everything, and after its end still lets out and neither shows nor lets in', async () => {
    const who = 'leaver@example.com'
    const token = await mint('preferences', who, { family: 'email' })
    await optIn(who, 'news')
    await post(token, { act: 'stop-all' })
    expect(await stateOf(who, 'news')).toBe('unsubscribed')
    const page = fieldsOf(await (await get(token)).text())
    await optIn(who, 'news')
    aheadMicros = 30 * microsPerDay
    expect(await (await get(token)).text()).not.toContain('Deals')
    await post(token, { ...page, 'choice.deals': 'in', 'was.news': 'in', 'choice.news': 'out' })
    expect(await stateOf(who, 'deals')).not.toBe('subscribed')
    expect(await stateOf(who, 'news')).toBe('unsubscribed')
  })

  test('asks for confirmation where the group does', async () => {
    const who = 'choose-twice@example.com'
    const token = await mint('preferences', who, { group: 'asked' })
    await post(token, { act: 'change', 'was.asked': '', 'choice.asked': 'in' })
    expect(await stateOf(who, 'asked')).toBe('pending')
  })
})

test('no token and no address of these tests stands in the log or the metrics', async () => {
  const token = await mint('unsubscribe', 'canary@example.com', { group: 'news' })
  await get(token)
  await post(token, oneClick)
  await post(`${token}x`, oneClick)
  const metrics = await ask(ledger.app, 'GET', '/metrics')
  const told = [...ledger.logged, metrics.text].join('\n')
  expect(metrics.text).toContain('ledger_links_total{purpose="unsubscribe",outcome="opted-out"}')
  expect(told).not.toContain(token.slice(0, 20))
  expect(told).not.toContain('@example.com')
})
