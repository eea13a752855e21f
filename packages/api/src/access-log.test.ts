import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, cloudEvent, marketing, phone, textOf } from './testing/client.ts'
import type { TestLedger } from './testing/test-ledger.ts'
import { openTestLedger } from './testing/test-ledger.ts'

let ledger: TestLedger
let key: string
let subject: string
const [ada, bob] = [phone('+12025550171'), phone('+12025550172')]

beforeAll(async () => {
  ledger = await openTestLedger()
  key = await ledger.keyFor(['query', 'audit'])
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
  const body = [ada, bob].map((address) => {
    return cloudEvent('opt-in', { address, scope: { group: 'offers' } })
  })
  const { json } = await ask(ledger.app, 'POST', '/v1/signals', { body })
  const atLeast = textOf(json['results']?.['1']?.['position'])
  const found = await ask(ledger.app, 'POST', '/v1/subjects/lookup', {
    body: { address: ada, atLeast },
  })
  subject = textOf(found.json['subject'])
})
afterAll(() => ledger.close())

/** What is logged while somebody asks. */
async function loggedBy(
  ...asked: Parameters<typeof ask> extends [unknown, ...infer R] ? R : never
) {
  ledger.logged.length = 0
  const [method, url, options] = asked
  const { status } = await ask(ledger.app, method, url, { key, ...options })
  const lines = ledger.logged.map((line) => JSON.parse(line) as Record<string, unknown>)
  return { status, lines, text: ledger.logged.join('') }
}

const reads = () =>
  [
    ['POST', '/v1/subjects/lookup', { body: { address: ada } }, 1, 200],
    ['POST', '/v1/subjects/lookup', { body: { address: phone('+12025550179') } }, 0, 404],
    ['GET', `/v1/subjects/${subject}/history`, {}, 1, 200],
    ['GET', '/v1/groups/offers/members', {}, 2, 200],
    ['POST', '/v1/state', { body: { group: 'offers', addresses: [ada, bob] } }, 2, 200],
  ] as const

test('a read of persons leaves a line that says who read of how many, and of nobody', async () => {
  const keyId = /^Bearer sl_([0-9a-f]+)_/.exec(key)?.[1]
  for (const [method, url, options, persons, status] of reads()) {
    const { lines, text, ...answer } = await loggedBy(method, url, options)
    expect(answer.status).toBe(status)
    expect(lines).toHaveLength(1)
    const door = `${method} ${url.replace(subject, ':id').replace('offers', ':id')}`
    expect(lines[0]).toMatchObject({ msg: 'persons were read', door, keyId, persons, status })
    for (const secret of [ada.value, bob.value, subject, key]) expect(text).not.toContain(secret)
  }
})

test('a read that is refused is logged as a refusal', async () => {
  const intake = await ledger.keyFor(['intake'])
  const { lines } = await loggedBy('GET', `/v1/subjects/${subject}/history`, { key: intake })
  expect(lines).toMatchObject([{ msg: 'refused', code: 'wrong-scope' }])
})

test('the question before each send leaves none', async () => {
  const body = { group: 'offers', addresses: [ada] }
  expect(await loggedBy('POST', '/v1/permissions', { body })).toMatchObject({
    status: 200,
    lines: [],
  })
})
