import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, textOf } from '../testing/client.ts'
import type { Json } from '../testing/client.ts'
import { openTestLedger } from '../testing/test-ledger.ts'
import type { TestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
const tokens: string[] = []
const email = { kind: 'email', value: 'ada@example.com' }
beforeAll(async () => {
  ledger = await openTestLedger()
  const group = { name: 'News', channel: 'email', brand: 'acme', purpose: 'marketing' }
  await ask(ledger.app, 'PUT', '/v1/groups/news', { body: group })
  for (const purpose of ['unsubscribe', 'preferences', 'confirm']) {
    const body = { purpose, scope: { group: 'news' }, addresses: [email] }
    const { json } = await ask(ledger.app, 'POST', '/v1/tokens', { body })
    tokens.push(textOf((json['results'] as unknown as readonly Json[])[0]?.['token']))
  }
})
afterAll(() => ledger.close())

const types = [
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'multipart/form-data',
  'application/json',
  'text/plain; charset=utf-16',
  'nonsense',
  ';;;',
]
const words = ['act=', 'change', 'unsubscribe', '&', '--b', '\r\n', 'choice.news=in', 'page=', '%']
const anyType = fc.constantFrom(...types)
const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((all) => Buffer.from(all.join(''))),
)

const post = (token: string, type: string, body: Buffer) =>
  ask(ledger.app, 'POST', `/u/${token}`, { key: null, type, body })

test('whatever is posted to a link is answered, and never our fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(2), anyType, anyBody, async (which, type, body) => {
      const answer = await post(tokens[which] ?? '', type, body)
      if (answer.status >= 500) throw new Error(ledger.logged.at(-1) ?? answer.text)
      expect(answer.status).toBe(200)
    }),
    { numRuns: 200 },
  )
})

test('the words of one-click unsubscribe, in whatever is around them', async () => {
  const words = Buffer.from('List-Unsubscribe=One-Click')
  await fc.assert(
    fc.asyncProperty(fc.nat(2), anyType, anyBody, async (which, type, around) => {
      const body = Buffer.concat([around, Buffer.from('&'), words, Buffer.from('&'), around])
      const answer = await post(tokens[which] ?? '', type, body)
      expect([answer.status, answer.text]).toEqual([200, 'You are unsubscribed.\n'])
    }),
    { numRuns: 100 },
  )
})

test('a token with any change is no link', async () => {
  const before = await ledger.deps.reader.head()
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const change = fc.record({
    which: fc.nat(2),
    at: fc.nat(400),
    to: fc.constantFrom(...digits),
  })
  await fc.assert(
    fc.asyncProperty(change, async ({ which, at, to }) => {
      const token = tokens[which] ?? ''
      const index = at % token.length
      const changed = token.slice(0, index) + to + token.slice(index + 1)
      const bytesOf = (text: string) => Buffer.from(text, 'base64url')
      // The last digit has bits that mean nothing.
      fc.pre(!bytesOf(changed).equals(bytesOf(token)))
      const answer = await post(changed, types[0] ?? '', Buffer.from('List-Unsubscribe=One-Click'))
      expect(answer.status).toBe(404)
    }),
    { numRuns: 200 },
  )
  expect(await ledger.deps.reader.head()).toBe(before)
})
