import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, marketing, phone, textOf } from '../testing/client.ts'
import type { Json } from '../testing/client.ts'
import { openTestLedger } from '../testing/test-ledger.ts'
import type { TestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
beforeAll(async () => {
  ledger = await openTestLedger(() => ({ publicUrl: 'https://consent.acme.example' }))
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
})
afterAll(() => ledger.close())

const wish = {
  purpose: 'unsubscribe',
  scope: { group: 'offers' },
  addresses: [phone('+12025550143')],
}
const mint = (body: object, key?: string) =>
  ask(ledger.app, 'POST', '/v1/tokens', { body: { ...wish, ...body }, ...(key && { key }) })
const resultsOf = ({ json }: { readonly json: Json }) => json['results'] as unknown as Json[]
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

test('each address gets its link in its place, with the headers for its e-mail', async () => {
  const addresses = [{ kind: 'email', value: 'ada@example.com' }, 'nobody', phone('12')]
  const results = resultsOf(await mint({ addresses }))
  const [first, ...bad] = results
  const url = `https://consent.acme.example/u/${textOf(first?.['token'])}`
  expect(first).toMatchObject({
    address: addresses[0],
    url,
    expiresAt: null,
    headers: {
      'List-Unsubscribe': `<${url}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  })
  expect(bad).toMatchObject([
    { address: 'nobody', problem: { code: 'invalid-address' } },
    { address: phone('12'), problem: { code: 'invalid-address' } },
  ])
})

test('a thousand at a time, and no more', async () => {
  const many = (length: number) => Array.from({ length }, () => phone('+12025550143'))
  const results = resultsOf(await mint({ addresses: many(1_000) }))
  expect(new Set(results.map((each) => each['token'])).size).toBe(1_000)
  expect((await mint({ addresses: many(1_001) })).status).toBe(413)
})

test.each([
  [{ purpose: 'preferences', expiresAt: inDays(90) }, 200],
  [{ purpose: 'confirm', expiresAt: inDays(6) }, 200],
  [{ purpose: 'unsubscribe', expiresAt: inDays(90) }, 400],
  [{ purpose: 'preferences', expiresAt: inDays(400) }, 400],
  [{ purpose: 'confirm', expiresAt: inDays(8) }, 400],
  [{ purpose: 'confirm', expiresAt: inDays(-1) }, 400],
  [{ purpose: 'confirm', scope: 'all' }, 400],
  [{ purpose: 'other' }, 400],
  [{ scope: { group: 'ofers' } }, 404],
  [{ addresses: [] }, 400],
])('%j is answered %i', async (body, status) => {
  const answer = await mint(body)
  expect(answer.status).toBe(status)
  const link = resultsOf(answer)?.[0]
  if ('expiresAt' in body && status === 200) {
    expect(Date.parse(textOf(link?.['expiresAt']))).toBe(Date.parse(body.expiresAt))
  }
})

test('without a word of it, a link lasts as long as its purpose does', async () => {
  const daysOf = async (purpose: string) => {
    const [link] = resultsOf(await mint({ purpose }))
    return Math.round((Date.parse(textOf(link?.['expiresAt'])) - Date.now()) / 86_400_000)
  }
  expect([await daysOf('preferences'), await daysOf('confirm')]).toEqual([30, 7])
})

test('a key that is bound to sources makes links only if it may speak for links', async () => {
  const shop = await ledger.keyFor(['intake'], ['urn:shop'])
  expect((await mint({}, shop)).json['code']).toBe('wrong-scope')
  const links = await ledger.keyFor(['intake'], ['urn:ledger:links'])
  expect((await mint({}, links)).status).toBe(200)
})
