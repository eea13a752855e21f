import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, cloudEvent, marketing, phone, textOf } from './testing/client.ts'
import type { TestLedger } from './testing/test-ledger.ts'
import { openTestLedger } from './testing/test-ledger.ts'

let ledger: TestLedger
beforeAll(async () => {
  ledger = await openTestLedger()
})
afterAll(() => ledger.close())

test('a group is made, a person opts in, and the gate says yes', async () => {
  const { app } = ledger
  const group = await ask(app, 'PUT', '/v1/groups/offers', { body: marketing })
  expect(group.status).toBe(200)
  expect(group.json).toMatchObject({ id: 'offers', archived: false, senders: [] })

  const address = phone('+12025550101')
  const event = cloudEvent('opt-in', { address, scope: { group: 'offers' } })
  const recorded = await ask(app, 'POST', '/v1/signals', { body: event })
  expect(recorded.json).toMatchObject({ id: event['id'], outcome: 'recorded' })

  const atLeast = recorded.json['position']
  const body = { group: 'offers', addresses: [address], atLeast }
  const state = await ask(app, 'POST', '/v1/state', { body })
  expect(state.status).toBe(200)
  expect(state.json['results']).toMatchObject([{ address, state: 'subscribed' }])
  const permissions = await ask(app, 'POST', '/v1/permissions', { body })
  expect(permissions.json['results']).toMatchObject([
    { address, permitted: true, reason: 'subscribed' },
  ])
  const lookup = await ask(app, 'POST', '/v1/subjects/lookup', { body: { address } })
  expect(lookup.status).toBe(200)
  const history = await ask(app, 'GET', `/v1/subjects/${textOf(lookup.json['subject'])}/history`)
  expect(history.json['items']).toHaveLength(1)
  const changes = await ask(app, 'GET', '/v1/changes')
  expect(changes.json['items']).toHaveLength(1)
})

test('the documents are there', async () => {
  const { app } = ledger
  const openapi = await ask(app, 'GET', '/openapi.json', { key: null })
  expect(openapi.status).toBe(200)
  expect(openapi.json['openapi']).toBe('3.1.0')
  expect((await ask(app, 'GET', '/docs', { key: null })).status).toBe(200)
  expect((await ask(app, 'GET', '/docs/errors', { key: null })).status).toBe(200)
  expect((await ask(app, 'GET', '/metrics', { key: null })).text).toContain('ledger_signals_total')
})
