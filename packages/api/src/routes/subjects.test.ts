import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../testing/client.ts'
import { ask, cloudEvent, marketing, phone, textOf } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
const address = phone('+12025550121')
const externalId = 'customer-1'
beforeAll(async () => {
  ledger = await openTestLedger()
  for (const id of ['offers', 'news'])
    await ask(ledger.app, 'PUT', `/v1/groups/${id}`, { body: marketing })
})
afterAll(() => ledger.close())

const scope = { group: 'offers' }
const send = async (body: unknown) => (await ask(ledger.app, 'POST', '/v1/signals', { body })).json
const lookup = (body: object) => ask(ledger.app, 'POST', '/v1/subjects/lookup', { body })
const history = (id: string, query = '') =>
  ask(ledger.app, 'GET', `/v1/subjects/${id}/history${query}`)

test('an address and its external id lead to each other, masked', async () => {
  const { position: atLeast } = await send(cloudEvent('opt-in', { address, externalId, scope }))
  await send(cloudEvent('link', { address, externalId }))
  const last = await send(cloudEvent('opt-out', { address, scope: { group: 'news' } }))
  const { status, json } = await lookup({ address, atLeast: last['position'] ?? atLeast })
  expect(status).toBe(200)
  expect(json).toMatchObject({ kind: 'phone', freshness: { withinWindow: true } })
  expect(json['groups']).toMatchObject([
    { group: 'news', state: 'unsubscribed' },
    { group: 'offers', state: 'subscribed' },
  ])
  const byOwner = await lookup({ externalId, atLeast: last['position'] })
  expect(byOwner.json['kind']).toBe('external-id')
  const links = byOwner.json['links'] as unknown as readonly object[]
  expect(links).toMatchObject([{ kind: 'phone', relation: 'owner', subject: json['subject'] }])
  expect(byOwner.text).not.toContain('2025550121')
})

test('the timeline holds every event and attempt, each with why it counts or not', async () => {
  const person = phone('+12025550122')
  const first = cloudEvent('opt-in', { address: person, scope })
  const { position } = await send(first)
  await send(first)
  await send({ ...first, data: { ...(first['data'] as object), method: 'verbal' } })
  await send(cloudEvent('opt-in', { address: person, scope, actor: 'person', method: 'web-form' }))
  await send(cloudEvent('opt-out', { address: person, scope }))
  const subject = textOf((await lookup({ address: person })).json['subject'])
  const { json } = await history(subject)
  expect(json['items']).toMatchObject([
    {
      kind: 'event',
      type: 'OptedIn',
      position,
      scope: 'group:offers',
      actor: 'system',
      counts: false,
    },
    { kind: 'attempt', type: 'duplicate', counts: false, position: null },
    { kind: 'attempt', type: 'conflict', code: 'id-conflict' },
    { kind: 'event', type: 'OptInQuarantined', method: 'web-form', counts: false },
    { kind: 'event', type: 'OptedOut', authority: 'producer', counts: true },
  ])
  expect(json['cursor']).toBe(null)
  const items = json['items'] as unknown as readonly { readonly why: string }[]
  for (const { why } of items) expect(why).toMatch(/.\.$/)

  const paged: unknown[] = []
  let cursor: unknown = '0'
  while (typeof cursor === 'string') {
    const page = (await history(subject.toUpperCase(), `?limit=2&cursor=${cursor}`)).json
    paged.push(...(page['items'] as unknown as readonly unknown[]))
    cursor = page['cursor']
  }
  expect(paged).toEqual(json['items'])
  expect((await history(subject, '?cursor=999999999')).json).toEqual({ items: [], cursor: null })
})

test('an opt-in says that it is beaten by what was said under a linked address', async () => {
  const [one, other] = [phone('+12025550124'), phone('+12025550125')]
  await send(cloudEvent('opt-in', { address: one, scope }))
  await send(cloudEvent('link', { address: one, other, relation: 'same-person' }))
  const stop = await send(cloudEvent('opt-out', { address: other, scope, actor: 'person' }))
  const subject = textOf((await lookup({ address: one })).json['subject'])
  const [optIn, link] = (await history(subject)).json['items'] as unknown as readonly Json[]
  expect(optIn).toMatchObject({ type: 'OptedIn', counts: false, because: stop['eventId'] })
  expect(textOf(optIn?.['why'])).toMatch(/That was said under a linked address\.$/)
  expect(link).toMatchObject({ type: 'AddressLinked', counts: true, why: 'The link lives.' })
})

test('a refused signal of somebody known stands in the timeline too', async () => {
  const person = phone('+12025550123')
  await send(cloudEvent('opt-in', { address: person, scope }))
  await send(cloudEvent('opt-in', { address: person, scope: { group: 'nowhere' } }))
  const subject = textOf((await lookup({ address: person })).json['subject'])
  expect((await history(subject)).json['items']).toMatchObject([
    { kind: 'event', type: 'OptedIn' },
    { kind: 'attempt', type: 'invalid', code: 'unknown-group', counts: false },
  ])
})

test.each([
  [{ address, externalId }, 'address'],
  [{ address: { kind: 'phone' } }, 'address.value'],
  [{ externalId: ' ' }, 'externalId'],
])('%j is refused', async (body, field) => {
  const { status, json } = await lookup(body)
  expect(status).toBe(400)
  expect(json).toMatchObject({ code: 'invalid-request', field })
})
