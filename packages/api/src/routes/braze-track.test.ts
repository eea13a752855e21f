import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BrazeDoors } from '../testing/braze.ts'
import { brazeDoors, groups, putBrazeGroups, setBody } from '../testing/braze.ts'
import { ask } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
let doors: BrazeDoors
const { texts, mails } = groups
beforeAll(async () => {
  ledger = await openTestLedger()
  await putBrazeGroups(ledger)
  doors = brazeDoors(ledger)
})
afterAll(() => ledger.close())

const url = '/users/track'
const track = (...attributes: readonly unknown[]) => doors.post(url, { attributes })
const inGroup = (subscription_state: string, subscription_group_id: string = texts) => ({
  subscription_groups: [{ subscription_group_id, subscription_state }],
})
const alias = (alias_name: string) => ({ user_alias: { alias_label: 'crm', alias_name } })
const one = { message: 'success', attributes_processed: 1 }

describe('what is answered 201', () => {
  test.each([
    ['an external id', { external_id: 'a-1', ...inGroup('subscribed') }],
    ['an alias', { ...alias('a-1'), _update_existing_only: true, ...inGroup('unsubscribed') }],
    ['a Braze id', { braze_id: 'b-1', ...inGroup('subscribed') }],
    ['an e-mail address', { email: 'a1@example.org', ...inGroup('subscribed', mails) }],
    ['a phone', { phone: '+12025550101', ...inGroup('subscribed') }],
    ['an e-mail address before a phone', { email: 'a1@example.org', phone: '+12025550101' }],
    ['a profile and nothing of ours', { external_id: 'a-1', first_name: 'Ana', method: 'card' }],
    [
      'nulls',
      { external_id: 'a-1', email: null, email_subscribe: null, subscription_groups: null },
    ],
    ['the global state', { external_id: 'a-1', email_subscribe: 'opted_in' }],
  ])('%s', async (_case, attributes) => {
    const { status, json } = await track(attributes)
    expect(json).toEqual(one)
    expect(status).toBe(201)
  })

  test('all three arrays are counted, 75 each', async () => {
    const fill = <Item>(item: Item) => Array.from({ length: 75 }, () => item)
    const body = {
      attributes: fill({ external_id: 'a-2' }),
      events: fill({ external_id: 'a-2', name: 'opened' }),
      purchases: fill({ external_id: 'a-2', product_id: 'p' }),
    }
    expect((await doors.post(url, body)).json).toEqual({
      message: 'success',
      attributes_processed: 75,
      events_processed: 75,
      purchases_processed: 75,
    })
  })
})

test.each([
  ['nothing', {}, /^Valid data must be provided in the 'attributes'/],
  ['null', 'null', /^Valid data must be provided/],
  ['empty lists', { attributes: [] }, /^Valid data must be provided/],
  ['no list', { attributes: {} }, 'attributes: expected a list'],
  [
    '76 objects',
    { attributes: Array.from({ length: 76 }, () => ({})) },
    'Max Input Length Exceeded',
  ],
  ['nobody', { attributes: [{ first_name: 'Ana' }] }, /^one of external_id/],
  ['no object', { attributes: ['a'] }, /^object: /],
])('%s is answered 400', async (_case, body, message) => {
  const { status, json } = await doors.post(url, body)
  expect(json['message']).toEqual(
    message instanceof RegExp ? expect.stringMatching(message) : message,
  )
  expect(json['errors']).toHaveLength(1)
  expect(status).toBe(400)
})

test('a bad object leaves its neighbours as they are, and is named by its index', async () => {
  const { status, json } = await track(
    { external_id: 'c-1', ...inGroup('unsubscribed') },
    { external_id: 'c-2', email: 'no address', ...inGroup('unsubscribed') },
    { external_id: 'c-3', ...inGroup('gone'), email_subscribe: 'never' },
  )
  expect(status).toBe(201)
  expect(json).toMatchObject({ message: 'success', attributes_processed: 2 })
  expect(json['errors']).toEqual([
    { type: 'email: expected an e-mail address', input_array: 'attributes', index: 1 },
    {
      type: 'subscription_groups[0]: subscription_state: expected subscribed or unsubscribed',
      input_array: 'attributes',
      index: 2,
    },
    {
      type: 'email_subscribe: expected opted_in or subscribed or unsubscribed',
      input_array: 'attributes',
      index: 2,
    },
  ])
  expect(await doors.status(texts, 'external_id=c-1&external_id=c-2&external_id=c-3')).toEqual({
    'c-1': 'Unsubscribed',
    'c-2': 'Unsubscribed',
    'c-3': 'Unknown',
  })
})

test('an object of which a part took effect is no failure', async () => {
  const object = { external_id: 'c-4', email_subscribe: 'unsubscribed' }
  const wrong = { subscription_groups: [setBody('subscribed', {}, 'none'), setBody('gone', {})] }
  const { status, json } = await track({ ...object, ...wrong })
  expect(status).toBe(201)
  expect(json['attributes_processed']).toBe(1)
  expect(json['errors']).toMatchObject([
    { type: expect.stringMatching(/^subscription_groups\[1\]: /) as unknown, index: 0 },
    { type: expect.stringMatching(/^subscription_groups\[0\]: there is no/) as unknown, index: 0 },
  ])
  expect(await doors.status(mails, 'external_id=c-4')).toEqual({ 'c-4': 'Unsubscribed' })
})

describe('who is who', () => {
  test('an external id owns the addresses beside it, from then on', async () => {
    await track({ external_id: 'd-1', email: 'd1@example.org', phone: '+12025550111' })
    await doors.post('/subscription/status/set', setBody('subscribed', { external_id: 'd-1' }))
    expect(await doors.status(texts, 'phone=%2B12025550111')).toEqual({
      '+12025550111': 'Subscribed',
    })
    await doors.post('/subscription/status/set', setBody('unsubscribed', { phone: '+12025550111' }))
    expect(await doors.status(texts, 'external_id=d-1')).toEqual({ 'd-1': 'Unsubscribed' })
  })

  test('a profile that is sent again adds nothing to the log', async () => {
    const profile = { external_id: 'd-2', email: 'd2@example.org', phone: '+12025550112' }
    await track(profile)
    const head = await ledger.deps.reader.head()
    expect((await track(profile, profile)).json['attributes_processed']).toBe(2)
    expect(await ledger.deps.reader.head()).toBe(head)
  })

  test('all profiles with a phone change together', async () => {
    await track(
      { external_id: 'd-3', phone: '+12025550113', ...inGroup('subscribed') },
      { external_id: 'd-4', phone: '+12025550113' },
    )
    const both = 'external_id=d-3&external_id=d-4'
    expect(await doors.status(texts, both)).toEqual({ 'd-3': 'Subscribed', 'd-4': 'Subscribed' })
    await doors.post('/subscription/status/set', setBody('unsubscribed', { external_id: 'd-4' }))
    expect(await doors.status(texts, both)).toEqual({
      'd-3': 'Unsubscribed',
      'd-4': 'Unsubscribed',
    })
  })

  test('an alias shares what it refuses with the addresses beside it', async () => {
    await track({ ...alias('d-5'), email: 'd5@example.org', ...inGroup('subscribed', mails) })
    expect(await doors.status(mails, 'email=d5@example.org')).toEqual({
      'd5@example.org': 'Subscribed',
    })
    await track({ ...alias('d-5'), ...inGroup('unsubscribed', mails) })
    expect(await doors.status(mails, 'email=d5@example.org')).toEqual({
      'd5@example.org': 'Unsubscribed',
    })
  })

  test('no two aliases are spelt the same', async () => {
    await track({
      user_alias: { alias_label: 'a:b', alias_name: 'c' },
      ...inGroup('unsubscribed'),
    })
    const state = async (value: string) => {
      const addresses = [{ kind: 'user-alias', value }]
      const body = { group: texts, addresses, consistency: 'strong' }
      return (await ask(ledger.app, 'POST', '/v1/state', { body })).json['results']
    }
    expect(await state('a%3Ab:c')).toMatchObject([{ state: 'unsubscribed' }])
    expect(await state('a:b%3Ac')).toMatchObject([{ state: 'never' }])
  })
})

describe('what was refused stays refused', () => {
  const set = (state: string, who: object, group: string = texts) =>
    doors.post('/subscription/status/set', setBody(state, who, group))

  test('when a key that said yes later is tied to one that said no', async () => {
    await set('unsubscribed', { phone: '+12025550121' })
    await set('subscribed', { external_id: 'e-1' })
    await track({ external_id: 'e-1', phone: '+12025550121' })
    expect(await doors.status(texts, 'phone=%2B12025550121')).toEqual({
      '+12025550121': 'Unsubscribed',
    })
    await set('subscribed', { external_id: 'e-1' })
    expect(await doors.status(texts, 'external_id=e-1')).toEqual({ 'e-1': 'Subscribed' })
  })

  test('when the external id had said no', async () => {
    await set('unsubscribed', { external_id: 'e-2' })
    await set('subscribed', { phone: '+12025550122' })
    await set('subscribed', { external_id: 'e-2', phone: '+12025550122' }, groups.chats)
    expect(await doors.status(texts, 'external_id=e-2')).toEqual({ 'e-2': 'Unsubscribed' })
  })

  test('by e-mail as a whole, until it is subscribed as a whole', async () => {
    const who = { external_id: 'e-3', email: 'e3@example.org' }
    await track({ ...who, ...inGroup('subscribed', mails) })
    const states = () => doors.status(mails, 'external_id=e-3')
    await doors.post('/email/status', { email: who.email, subscription_state: 'unsubscribed' })
    expect(await states()).toEqual({ 'e-3': 'Unsubscribed' })
    await set('subscribed', { external_id: 'e-3' }, mails)
    await set('subscribed', { email: who.email }, mails)
    expect(await states()).toEqual({ 'e-3': 'Unsubscribed' })
    await doors.post('/email/status', { email: who.email, subscription_state: 'subscribed' })
    expect(await states()).toEqual({ 'e-3': 'Subscribed' })
    await track({ ...who, email_subscribe: 'unsubscribed', ...inGroup('subscribed', mails) })
    expect(await states()).toEqual({ 'e-3': 'Unsubscribed' })
  })

  test('by e-mail as a whole, but for what the person shows to have subscribed since', async () => {
    const email = 'e5@example.org'
    await doors.post('/email/status', { email, subscription_state: 'unsubscribed' })
    const said = { email, actor: 'person' }
    await set('subscribed', said, mails)
    expect(await doors.status(mails, `email=${email}`)).toEqual({ [email]: 'Unsubscribed' })
    const evidence = { disclosure: 'News by e-mail', formUrl: 'https://acme.example/news' }
    await set('subscribed', { ...said, method: 'web-form', evidence }, mails)
    expect(await doors.status(mails, `email=${email}`)).toEqual({ [email]: 'Subscribed' })
  })

  test('but an opt-in of all e-mail grants no group', async () => {
    await track({ email: 'e4@example.org', email_subscribe: 'opted_in' })
    expect(await doors.status(mails, 'email=e4@example.org')).toEqual({
      'e4@example.org': 'Unknown',
    })
  })
})

test('sync takes one object, and shows it when it answers', async () => {
  const sync = (attributes: readonly object[]) =>
    ask(ledger.app, 'POST', '/users/track/sync', { body: { attributes } })
  const two = await sync([{ external_id: 'f-1' }, { external_id: 'f-2' }])
  expect([two.status, two.json['message']]).toEqual([400, 'Max Input Length Exceeded'])
  const answer = await sync([{ external_id: 'f-1', ...inGroup('subscribed') }])
  expect(answer.json).toEqual(one)
  const query = `subscription_group_id=${texts}&external_id=f-1`
  const { json } = await ask(ledger.app, 'GET', `/subscription/status/get?${query}`)
  expect(json['status']).toEqual({ 'f-1': 'Subscribed' })
})
