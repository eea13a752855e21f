import { microsPerDay } from '@ledger/domain'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '../testing/client.ts'
import type { LinkLedger } from '../testing/link-ledger.ts'
import { oneClick, openLinkLedger } from '../testing/link-ledger.ts'

/** Links as mail software, mailbox providers and people use them: through a real socket. */
let ledger: LinkLedger
beforeAll(async () => {
  ledger = await openLinkLedger()
})
afterEach(() => ledger.setAhead(0))
afterAll(() => ledger.close())

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
    await ledger.optIn(who, 'news')
    const token = await ledger.mint('unsubscribe', who, { group: 'news' })
    const before = await ledger.deps.reader.head()
    for (const method of ['GET', 'HEAD', 'OPTIONS']) await ledger.get(token, method)
    await ledger.post(token, {})
    await ledger.post(token, { 'List-Unsubscribe': 'Perhaps' })
    expect(await ledger.deps.reader.head()).toBe(before)
    expect(await ledger.stateOf(who, 'news')).toBe('subscribed')

    for (let times = 0; times < 2; times += 1) {
      const answer = await ledger.post(token, body)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        'text/plain; charset=utf-8',
      ])
      expect(answer.headers.get('set-cookie')).toBeNull()
      expect(await answer.text()).toBe('You are unsubscribed.\n')
    }
    expect(await ledger.stateOf(who, 'news')).toBe('unsubscribed')
  })

  test.each([
    ['a wrong boundary', 'multipart/form-data; boundary=other'],
    ['another type', 'text/plain'],
    ['no type', ''],
  ])('unsubscribes by a body of %s too', async (how, type) => {
    const who = `${how.replaceAll(' ', '-')}@example.com`
    await ledger.optIn(who, 'news')
    const token = await ledger.mint('unsubscribe', who, { group: 'news' })
    const body =
      '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--'
    expect((await ledger.postRaw(token, type, body)).status).toBe(200)
    expect(await ledger.stateOf(who, 'news')).toBe('unsubscribed')
  })

  test('unsubscribes again who has come back meanwhile, also within the same minute', async () => {
    const who = 'back@example.com'
    const token = await ledger.mint('unsubscribe', who, { brand: 'acme', family: 'email' })
    for (let times = 0; times < 3; times += 1) {
      await ledger.optIn(who, 'news')
      expect(await ledger.stateOf(who, 'news')).toBe('subscribed')
      expect((await ledger.post(token, oneClick)).status).toBe(200)
      expect(await ledger.stateOf(who, 'news')).toBe('unsubscribed')
    }
    const head = await ledger.deps.reader.head()
    expect((await ledger.post(token, oneClick)).status).toBe(200)
    expect(await ledger.deps.reader.head()).toBe(head)
  })

  test('asks a person first, on a page that nobody can index, frame or script', async () => {
    const who = 'reader@example.com'
    await ledger.optIn(who, 'news')
    const token = await ledger.mint('unsubscribe', who, { group: 'news' })
    const shown = await ledger.get(token)
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
    const done = await ledger.post(token, { act: 'unsubscribe' })
    expect(await done.text()).toContain('You are unsubscribed')
    expect(await ledger.stateOf(who, 'news')).toBe('unsubscribed')
  })

  test.each(['unsubscribe', 'preferences', 'confirm'])(
    'works with whatever link stands in the header: %s',
    async (purpose) => {
      const who = `header-${purpose}@example.com`
      await ledger.optIn(who, 'news')
      const token = await ledger.mint(purpose, who, { group: 'news' })
      expect((await ledger.post(token, oneClick)).status).toBe(200)
      expect(await ledger.stateOf(who, 'news')).toBe('unsubscribed')
    },
  )
})

describe('a token', () => {
  test('that was changed, cut or made up is not valid, whoever it may be about', async () => {
    const token = await ledger.mint('unsubscribe', 'forge@example.com', { group: 'news' })
    const last = token.endsWith('A') ? 'B' : 'A'
    const other = await ledger.mint('unsubscribe', 'forge@example.com', { group: 'deals' })
    const crossed = other.slice(0, 30) + token.slice(30)
    const odd = ['x', '%00', 'a'.repeat(2_000), token.slice(0, -4), `${token.slice(0, -4)}${last}`]
    const before = await ledger.deps.reader.head()
    const answers = new Set<string>()
    for (const each of [...odd, crossed]) {
      for (const answer of [await ledger.get(each), await ledger.post(each, oneClick)]) {
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
      await ledger.mint('unsubscribe', value, { group: 'news' }),
      await ledger.mint('unsubscribe', value, { group: 'news' }),
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
    await ledger.optIn(who, 'asked')
    expect(await ledger.stateOf(who, 'asked')).toBe('pending')
    const token = await ledger.mint('confirm', who, { group: 'asked' })
    expect((await ledger.get(token)).status).toBe(200)
    await ledger.post(token, {})
    expect(await ledger.stateOf(who, 'asked')).toBe('pending')

    const done = await ledger.post(token, { act: 'confirm' })
    expect([done.status, await ledger.stateOf(who, 'asked')]).toEqual([200, 'subscribed'])
    const again = await ledger.post(token, { act: 'confirm' })
    expect([again.status, (await again.text()).includes('used before')]).toEqual([200, true])

    const leave = await ledger.mint('unsubscribe', who, { group: 'asked' })
    await ledger.post(leave, oneClick)
    expect((await ledger.post(token, { act: 'confirm' })).status).toBe(200)
    const second = await ledger.mint('confirm', who, { group: 'asked' })
    expect((await ledger.post(second, { act: 'confirm' })).status).toBe(200)
    expect(await ledger.stateOf(who, 'asked')).toBe('unsubscribed')
  })

  test('runs out', async () => {
    const who = 'late@example.com'
    await ledger.optIn(who, 'asked')
    const token = await ledger.mint('confirm', who, { group: 'asked' })
    ledger.setAhead(7 * microsPerDay)
    expect((await ledger.get(token)).status).toBe(410)
    expect((await ledger.post(token, { act: 'confirm' })).status).toBe(410)
    expect(await ledger.stateOf(who, 'asked')).toBe('pending')
  })
})

test('no token and no address of these tests stands in the log or the metrics', async () => {
  const token = await ledger.mint('unsubscribe', 'canary@example.com', { group: 'news' })
  await ledger.get(token)
  await ledger.post(token, oneClick)
  await ledger.post(`${token}x`, oneClick)
  const metrics = await ask(ledger.app, 'GET', '/metrics')
  const told = [...ledger.logged, metrics.text].join('\n')
  expect(metrics.text).toContain('ledger_links_total{purpose="unsubscribe",outcome="opted-out"}')
  expect(told).not.toContain(token.slice(0, 20))
  expect(told).not.toContain('@example.com')
})
