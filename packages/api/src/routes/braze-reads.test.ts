import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nowMicros } from '@ledger/runtime'
import type { BrazeDoors } from '../testing/braze.ts'
import { brazeDoors, groups, putBrazeGroups, setBody } from '../testing/braze.ts'
import { ask, cloudEvent, phone } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
let doors: BrazeDoors
const { texts, mails } = groups
const set = (state: string, who: object, group: string = texts) =>
  doors.post('/subscription/status/set', setBody(state, who, group))
beforeAll(async () => {
  ledger = await openTestLedger()
  await putBrazeGroups(ledger)
  doors = brazeDoors(ledger)
  await set('subscribed', { external_id: ['1', '2', 'a b'] })
  await set('unsubscribed', { phone: '+12025550101' })
  await set('unsubscribed', { email: 'ana+news@example.org' }, mails)
})
afterAll(() => ledger.close())

const statusGet = (query: string, asked = {}) =>
  ask(ledger.app, 'GET', `/subscription/status/get?subscription_group_id=${texts}&${query}`, asked)
const userStatus = (query: string) => ask(ledger.app, 'GET', `/subscription/user/status?${query}`)
const both = { '1': 'Subscribed', '2': 'Subscribed' }
const [one, two] = ['+12025550101', '+12025550102']

describe('whom a query asks about', () => {
  test.each([
    ['one', 'external_id=1', { '1': 'Subscribed' }],
    ['repeated', 'external_id=1&external_id=2', both],
    ['brackets', 'external_id[]=1&external_id[]=2', both],
    ['encoded brackets', 'external_id%5B%5D=1&external_id%5B%5D=2', both],
    ['indices', 'external_id[0]=1&external_id[1]=2', both],
    ['all of them', 'external_id=1&external_id[]=2', both],
    ['an id twice', 'external_id=1&external_id=1', { '1': 'Subscribed' }],
    ['a space', 'external_id=a%20b', { 'a b': 'Subscribed' }],
    ['a stranger', 'external_id=nobody', { nobody: 'Unknown' }],
    ['a name of every object', 'external_id=constructor', { constructor: 'Unknown' }],
    ['a plus', 'phone=%2B12025550101', { [one]: 'Unsubscribed' }],
    [
      'a plus as it is',
      'phone=+12025550101&phone[]=+12025550102',
      { [one]: 'Unsubscribed', [two]: 'Unknown' },
    ],
    [
      'external ids before all',
      `external_id=1&email=a@example.org&phone=${one}`,
      { '1': 'Subscribed' },
    ],
    ['an unknown field', 'external_id=1&app=x', { '1': 'Subscribed' }],
  ])('%s', async (_case, query, status) => {
    await doors.status(texts, 'external_id=1')
    const answer = await statusGet(query)
    expect(answer.json).toEqual({ status, message: 'success' })
    expect(answer.status).toBe(200)
  })

  test('an e-mail address with a plus, encoded or not, is answered as it is written', async () => {
    for (const email of ['ana%2Bnews@example.org', 'ana+news@example.org']) {
      expect(await doors.status(mails, `email=${email}`)).toEqual({
        'ana+news@example.org': 'Unsubscribed',
      })
    }
    expect(await doors.status(mails, 'email=ANA%2Bnews@Example.org')).toEqual({
      'ANA+news@Example.org': 'Unsubscribed',
    })
  })

  const get = '/subscription/status/get'
  const inTexts = `${get}?subscription_group_id=${texts}`
  const users = '/subscription/user/status'
  const many = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}[]=u${index}`).join('&')
  test.each([
    [get, 'subscription_group_id must be provided'],
    [
      `${get}?subscription_group_id=none&external_id=1`,
      'subscription_group_id: there is no such group',
    ],
    [inTexts, 'One of external_id, email or phone must be provided'],
    [`${inTexts}&external_id=`, 'One of external_id, email or phone must be provided'],
    [
      `${inTexts}&email=a@b.co&phone=%2B1`,
      'Either an email address or a phone number should be provided, but not both.',
    ],
    [
      `${inTexts}&${many('external_id', 51)}`,
      'The max number of external_ids and aliases per request was exceeded',
    ],
    [`${inTexts}&${many('email', 51)}`, 'The max number of ids per request was exceeded'],
    [`${inTexts}&phone=${one.slice(1)}`, 'phone[0]: not an address of this kind'],
    [`${inTexts}&email[]=a@example.org&email[]=b`, 'email[1]: not an address of this kind'],
    [users, 'One of external_id, email or phone must be provided'],
    [`${users}?${many('phone', 51)}`, 'The max number of ids per request was exceeded'],
    [`${users}?external_id=1&limit=0`, 'limit: expected a whole number from 1 to 100'],
    [`${users}?external_id=1&limit=101`, 'limit: expected a whole number from 1 to 100'],
    [`${users}?external_id=1&limit=1&limit=2`, 'limit: expected a whole number from 1 to 100'],
    [`${users}?external_id=1&offset=-1`, 'offset: expected a whole number from 0'],
  ])('%s is answered 400', async (url, message) => {
    const answer = await ask(ledger.app, 'GET', url)
    expect(answer.json).toEqual({ message, errors: [message], code: 'invalid-request' })
    expect(answer.status).toBe(400)
  })

  test('HEAD is answered where GET is', async () => {
    const answer = await ask(ledger.app, 'HEAD', `${inTexts}&external_id=1`)
    expect([answer.status, answer.text]).toEqual([200, ''])
  })
})

describe('every state in a word of Braze', () => {
  const signal = (action: string, value: string, data = {}) =>
    ask(ledger.app, 'POST', '/v1/signals', {
      body: cloudEvent(action, { address: phone(value), scope: { group: texts }, ...data }),
    })
  const past = '2026-01-01T00:00:00Z'
  test.each([
    ['never', 'Unknown', async () => {}],
    ['subscribed', 'Subscribed', (who: string) => signal('opt-in', who)],
    ['unsubscribed', 'Unsubscribed', (who: string) => signal('opt-out', who)],
    ['pending', 'Unsubscribed', (who: string) => signal('opt-in-requested', who)],
    [
      'expired',
      'Unsubscribed',
      (who: string) => signal('opt-in', who, { claimedAt: past, validUntil: past }),
    ],
    [
      'ended',
      'Unsubscribed',
      async (who: string) => {
        await signal('opt-in', who)
        await signal('ended', who)
      },
    ],
    [
      'held',
      'Unsubscribed',
      async (who: string) => {
        await signal('opt-in', who)
        await signal('intent-suspected', who)
      },
    ],
  ] as const)('%s is %s', async (state, word, say) => {
    const who = `+1202555${2000 + state.length * 7 + state.charCodeAt(0)}`
    await say(who)
    await set('subscribed', { external_id: 'last' })
    expect(await doors.status(texts, `phone=${encodeURIComponent(who)}`)).toEqual({ [who]: word })
    const [user] = (await doors.users(`phone=${encodeURIComponent(who)}`)) as readonly object[]
    const listed =
      word === 'Unknown' ? undefined : { phone: who, subscription_groups: [{ status: word }] }
    if (listed === undefined) expect(user).toBeUndefined()
    else expect(user).toMatchObject(listed)
  })
})

describe('users', () => {
  test('who share an e-mail address are each answered, once, and in pages', async () => {
    const email = 'both@example.org'
    await doors.post('/users/track', {
      attributes: [
        { external_id: 's-1', email, phone: '+12025550111' },
        { external_id: 's-2', email },
      ],
    })
    await set('subscribed', { email }, mails)
    const group = { id: mails, name: 'email', channel: 'email', status: 'Subscribed' }
    const first = { email, phone: '+12025550111', external_id: 's-1', subscription_groups: [group] }
    const second = { email, phone: null, external_id: 's-2', subscription_groups: [group] }
    const all = await doors.users(`email=${email}&external_id=s-1&external_id=s-2`)
    expect(all).toHaveLength(2)
    expect(all).toEqual(expect.arrayContaining([first, second]))
    const page = async (rest: string) =>
      (await userStatus(`external_id=s-1&external_id=s-2&${rest}`)).json
    expect(await page('limit=1')).toEqual({ users: [first], total_count: 2, message: 'success' })
    expect((await page('limit=1&offset=1'))['users']).toEqual([second])
    expect(await page('offset=9')).toEqual({ users: [], total_count: 2, message: 'success' })
  })

  test('a stranger is no user, and a user without a group has none', async () => {
    await doors.post('/users/track', {
      attributes: [{ external_id: 's-3', email: 's3@example.org' }],
    })
    expect(await doors.users('external_id=stranger&external_id=s-3')).toEqual([
      { email: 's3@example.org', phone: null, external_id: 's-3', subscription_groups: [] },
    ])
  })
})

test('headers say how fresh an answer is, and that no rate is limited', async () => {
  const { headers } = await statusGet('external_id=1')
  expect(headers).toMatchObject({
    'x-ledger-as-of': expect.stringMatching(/^20\d\d-/) as string,
    'x-ledger-lag-ms': expect.stringMatching(/^\d+$/) as string,
    'x-ledger-window-ms': '60000',
    'x-ledger-within-window': 'true',
    'x-ledger-position': expect.stringContaining(ledger.deps.reader.logId) as string,
    'x-ratelimit-limit': '250000',
    'x-ratelimit-remaining': '250000',
  })
  expect(Number(headers['x-ratelimit-reset']) * 1_000_000).toBeGreaterThan(nowMicros())
  const foreign = await statusGet('external_id=1', { headers: { 'x-ledger-at-least': 'x-1' } })
  expect([foreign.status, foreign.json['code']]).toEqual([400, 'invalid-request'])
})

test('a read model that is too old is not asked: the log is', async () => {
  const late = await openTestLedger(({ queries }) => ({
    queries: { ...queries, now: () => nowMicros() + 61_000_000 },
  }))
  await putBrazeGroups(late)
  await late.project.stop()
  await brazeDoors(late).post(
    '/subscription/status/set',
    setBody('unsubscribed', { external_id: 'z' }),
  )
  const query = `subscription_group_id=${texts}&external_id=z`
  const { json, headers } = await ask(late.app, 'GET', `/subscription/status/get?${query}`)
  expect(json['status']).toEqual({ z: 'Unsubscribed' })
  expect(headers['x-ledger-within-window']).toBe('true')
  const users = await ask(late.app, 'GET', '/subscription/user/status?external_id=z')
  expect(users.json['users']).toMatchObject([{ subscription_groups: [{ status: 'Unsubscribed' }] }])
  late.project.start()
  await late.close()
})
