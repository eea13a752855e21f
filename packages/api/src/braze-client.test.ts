import type { AddressInfo } from 'node:net'
import { Braze } from 'braze-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, marketing } from './testing/client.ts'
import type { TestLedger } from './testing/test-ledger.ts'
import { openTestLedger } from './testing/test-ledger.ts'

/** A client that others wrote for Braze, pointed at a ledger that listens. */
let ledger: TestLedger
let url: string
let braze: Braze
const texts = '6c1e6f5e-0000-4000-8000-0000000000a1'
const mails = '6c1e6f5e-0000-4000-8000-0000000000b2'
beforeAll(async () => {
  ledger = await openTestLedger()
  await ask(ledger.app, 'PUT', `/v1/groups/${texts}`, { body: marketing })
  const news = { ...marketing, name: 'News', channel: 'email' }
  await ask(ledger.app, 'PUT', `/v1/groups/${mails}`, { body: news })
  await ledger.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(ledger.app.server.address() as AddressInfo).port}`
  const key = await ledger.keyFor(['intake', 'query'])
  braze = new Braze(url, key.replace('Bearer ', ''))
})
afterAll(() => ledger.close())

/** Until the read model shows what was written. */
const shows = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 5_000, interval: 10 })

test('subscription.status.set and get, by external id and phone', async () => {
  const who = { external_id: ['u-1'], phone: ['+12025550143'] }
  const set = (subscription_state: 'subscribed' | 'unsubscribed') =>
    braze.subscription.status.set({ subscription_group_id: texts, subscription_state, ...who })
  const get = (by: object) => async () =>
    (await braze.subscription.status.get({ subscription_group_id: texts, ...by })).status

  expect(await set('subscribed')).toEqual({ message: 'success' })
  await shows(get({ phone: who.phone })).toEqual({ '+12025550143': 'Subscribed' })
  await shows(get({ external_id: 'u-1' })).toEqual({ 'u-1': 'Subscribed' })
  expect(await set('unsubscribed')).toEqual({ message: 'success' })
  await shows(get({ external_id: ['u-1', 'u-2'] })).toEqual({
    'u-1': 'Unsubscribed',
    'u-2': 'Unknown',
  })
  await shows(get({ phone: '+12025550143' })).toEqual({ '+12025550143': 'Unsubscribed' })
})

test('v2.subscription.status.set, and subscription.user.status', async () => {
  const answer = await braze.v2.subscription.status.set({
    subscription_groups: [
      { subscription_group_id: texts, subscription_state: 'subscribed', external_ids: ['v-1'] },
      { subscription_group_id: mails, subscription_state: 'unsubscribed', external_ids: ['v-1'] },
    ],
  })
  expect(answer).toEqual({ message: 'success' })
  await shows(() => braze.subscription.user.status({ external_id: 'v-1' })).toEqual({
    users: [
      {
        email: null,
        phone: null,
        external_id: 'v-1',
        subscription_groups: [
          { id: texts, name: 'Offers', channel: 'sms', status: 'Subscribed' },
          { id: mails, name: 'News', channel: 'email', status: 'Unsubscribed' },
        ],
      },
    ],
    total_count: 1,
    message: 'success',
  })
})

test('users.track, also with its header for bulk', async () => {
  const body = {
    attributes: [
      {
        external_id: 't-1',
        email: 'ana@example.org',
        phone: '+12025550177',
        subscription_groups: [
          { subscription_group_id: mails, subscription_state: 'subscribed' as const },
          { subscription_group_id: texts, subscription_state: 'unsubscribed' as const },
        ],
      },
    ],
    events: [{ external_id: 't-1', name: 'opened', time: '2026-11-01T00:00:00Z' }],
  }
  const counts = { message: 'success', attributes_processed: 1, events_processed: 1 }
  expect(await braze.users.track(body)).toEqual(counts)
  expect(await braze.users.track(body, true)).toEqual(counts)
  await shows(() => braze.subscription.user.status({ email: 'ana@example.org' })).toMatchObject({
    users: [
      {
        email: 'ana@example.org',
        phone: '+12025550177',
        external_id: 't-1',
        subscription_groups: [
          { id: texts, status: 'Unsubscribed' },
          { id: mails, status: 'Subscribed' },
        ],
      },
    ],
  })
})

test('what is refused reaches the client as its own kind of error', async () => {
  const both = { external_id: [], phone: ['+12025550143'], email: ['ana@example.org'] }
  const state = { subscription_group_id: texts, subscription_state: 'subscribed' as const }
  await expect(braze.subscription.status.set({ ...state, ...both })).rejects.toMatchObject({
    status: 400,
    message: 'Either an email address or a phone number should be provided, but not both.',
  })
  const stranger = new Braze(url, 'wrong')
  await expect(stranger.subscription.user.status({ external_id: 'u-1' })).rejects.toMatchObject({
    status: 401,
    message: 'Unauthorized',
  })
  // A door that Braze has and we do not.
  await expect(braze.users.identify({ aliases_to_identify: [] })).rejects.toMatchObject({
    status: 404,
    message: 'Not Found',
  })
})
