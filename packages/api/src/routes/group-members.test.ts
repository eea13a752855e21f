import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, cloudEvent, marketing, phone } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
const people = Array.from({ length: 7 }, (_, index) => phone(`+1202555016${index}`))
beforeAll(async () => {
  ledger = await openTestLedger()
  const { app } = ledger
  await ask(app, 'PUT', '/v1/groups/offers', { body: marketing })
  const scope = { group: 'offers' }
  const body = [
    ...people.map((address) => cloudEvent('opt-in', { address, scope })),
    cloudEvent('opt-out', { address: people[0], scope }),
    cloudEvent('opt-out', { address: { kind: 'phone', value: 'no number' }, scope }),
  ]
  const { json } = await ask(app, 'POST', '/v1/signals', { body })
  const positions = (json['results'] as unknown as readonly { position: string }[]).map(
    ({ position }) => position,
  )
  const atLeast = positions.sort().at(-1)
  await ask(app, 'POST', '/v1/state', { body: { group: 'offers', addresses: people, atLeast } })
})
afterAll(() => ledger.close())

const get = (path: string) => ask(ledger.app, 'GET', path)
type Member = { readonly subject: string; readonly masked: string; readonly state: string }

test('the members of a state are listed page by page, masked', async () => {
  const members: Member[] = []
  let cursor: unknown = ''
  while (typeof cursor === 'string') {
    const query = `?limit=4${cursor === '' ? '' : `&cursor=${cursor}`}`
    const { status, json } = await get(`/v1/groups/offers/members${query}`)
    expect(status).toBe(200)
    expect(json['freshness']).toMatchObject({ withinWindow: true })
    members.push(...(json['items'] as unknown as readonly Member[]))
    cursor = json['cursor']
  }
  expect(members).toHaveLength(6)
  expect(
    members.every(({ state, masked }) => state === 'subscribed' && masked.includes('***')),
  ).toBe(true)
  expect(members.map(({ subject }) => subject)).toEqual(
    [...new Set(members.map(({ subject }) => subject))].sort(),
  )
  const gone = await get('/v1/groups/offers/members?state=unsubscribed')
  expect(gone.json['items']).toHaveLength(2)
})

test('sizes and flows are told per day', async () => {
  const { status, json } = await get('/v1/groups/offers/counts')
  expect(status).toBe(200)
  expect(json['items']).toMatchObject([
    { state: 'unsubscribed', entered: 2, left: 0, size: 2 },
    { state: 'subscribed', entered: 7, left: 1, size: 6 },
  ])
  const before = await get('/v1/groups/offers/counts?from=2020-01-01&to=2020-12-31')
  expect(before.json['items']).toEqual([])
})

test('days that are still to come are not told', async () => {
  const dayIn = (days: number) => {
    return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  }
  const { json } = await get(`/v1/groups/offers/counts?from=${dayIn(-3)}&to=${dayIn(30)}`)
  const days = (json['items'] as unknown as readonly { day: string }[]).map(({ day }) => day)
  expect(new Set(days)).toEqual(new Set([dayIn(0)]))
  const future = await get(`/v1/groups/offers/counts?from=${dayIn(2)}&to=${dayIn(3)}`)
  expect(future).toMatchObject({ status: 200, json: { items: [] } })
})

test.each([
  ['/v1/groups/none/members', 404, undefined],
  ['/v1/groups/none/counts', 404, undefined],
  ['/v1/groups/offers/members?state=hunter2', 400, 'state'],
  ['/v1/groups/offers/members?cursor=hunter2', 400, 'cursor'],
  ['/v1/groups/offers/counts?from=2026-02-30', 400, 'from'],
  ['/v1/groups/offers/counts?from=2026-02-02&to=2026-02-01', 400, 'from'],
  ['/v1/groups/offers/counts?from=0000-01-01', 400, 'from'],
  ['/v1/groups/offers/counts?to=hunter2', 400, 'to'],
])('%s is %i', async (path, status, field) => {
  const answer = await get(path)
  expect(answer.status).toBe(status)
  expect(answer.json['field']).toBe(field)
  expect(answer.text).not.toContain('hunter2')
})

test('an opt-out of an address that cannot be read waits for somebody to look', async () => {
  const { json } = await get('/v1/reviews?limit=1')
  expect(json['items']).toMatchObject([{ kind: 'unparsable-address' }])
  expect(json['cursor']).toBe(null)
  expect((await get('/v1/reviews?cursor=nowhere')).json).toEqual({ items: [], cursor: null })
})
