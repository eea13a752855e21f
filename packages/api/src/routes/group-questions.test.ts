import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseInstant } from '@ledger/domain'
import type { AppDeps } from '../app-deps.ts'
import type { Answer } from '../testing/client.ts'
import { ask, cloudEvent, marketing, phone, textOf } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
/** How far the clock of the queries runs ahead, in microseconds. */
let aheadMicros = 0
beforeAll(async () => {
  ledger = await openTestLedger((deps): Partial<AppDeps> => {
    const now = () => deps.queries.now() + aheadMicros
    return { queries: { ...deps.queries, now } }
  })
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
  const receipts = { ...marketing, name: 'Receipts', purpose: 'transactional' }
  await ask(ledger.app, 'PUT', '/v1/groups/receipts', { body: receipts })
})
afterAll(() => ledger.close())

const state = (body: object) => ask(ledger.app, 'POST', '/v1/state', { body })
const permissions = (body: object) => ask(ledger.app, 'POST', '/v1/permissions', { body })
const optedIn = phone('+12025550111')
const optedOut = phone('+12025550112')
const unheard = phone('+12025550113')

/** Says something of one address and waits until it is visible. */
async function say(action: string, address: object, data: object = {}) {
  const event = cloudEvent(action, { address, scope: { group: 'offers' }, ...data })
  const { json } = await ask(ledger.app, 'POST', '/v1/signals', { body: event })
  const body = { group: 'offers', addresses: [address], atLeast: json['position'] }
  expect((await state(body)).status).toBe(200)
  return json
}

describe('state', () => {
  test('each address is answered in its place, with its decisive event', async () => {
    const recorded = await say('opt-in', optedIn, { claimedAt: '2026-01-02T03:04:05.678901+01:00' })
    await say('opt-out', optedOut)
    const { json } = await state({ group: 'offers', addresses: [optedOut, optedIn, unheard] })
    expect(json['results']).toMatchObject([
      { address: optedOut, state: 'unsubscribed', authority: 'producer' },
      {
        address: optedIn,
        state: 'subscribed',
        since: '2026-01-02T02:04:05.678901Z',
        decisiveEventId: recorded['eventId'],
        held: false,
        sendBlock: false,
      },
      { address: unheard, state: 'never', since: null, decisiveEventId: null, authority: null },
    ])
    expect(json['freshness']).toMatchObject({ windowMs: 60_000, withinWindow: true, parked: 0 })
    const asOf = parseInstant(textOf(json['freshness']?.['asOf']))
    expect(Math.abs((asOf ?? 0) - Date.now() * 1_000)).toBeLessThan(60_000_000)
  })

  test('an address that is none is a problem in its place and echoes as it was asked', async () => {
    const bad = [
      { kind: 'phone', value: 'hunter2' },
      { kind: 'phone' },
      'x',
      null,
      7,
      [],
      { kind: 'phone', value: '+12025550111', extra: 1 },
    ]
    const { status, json } = await state({ group: 'offers', addresses: [...bad, optedIn] })
    expect(status).toBe(200)
    expect(json['results']).toMatchObject([
      ...bad.map((address) => ({ address, problem: { code: 'invalid-address' } })),
      { address: optedIn, state: 'subscribed' },
    ])
    for (let index = 0; index < bad.length; index += 1) {
      const problem = (json['results'] as unknown as { problem: unknown }[])[index]?.problem
      expect(JSON.stringify(problem)).not.toContain('hunter2')
    }
  })

  test('what is too deep to be said again is echoed as null', async () => {
    const depth = 100_000
    const deep = '['.repeat(depth) + ']'.repeat(depth)
    const body = `{"group":"offers","addresses":[${deep}]}`
    const { status, json } = await ask(ledger.app, 'POST', '/v1/state', { body })
    expect(status).toBe(200)
    expect(json['results']).toMatchObject([{ address: null, problem: {} }])
  })

  test('the same address in another spelling is the same', async () => {
    const { json } = await state({ group: 'offers', addresses: [phone(' +1 (202) 555-0111 ')] })
    expect(json['results']).toMatchObject([{ state: 'subscribed' }])
  })

  test('as of another time, on both axes', async () => {
    const address = phone('+12025550114')
    const first = await say('opt-in', address, { claimedAt: '2026-03-01T00:00:00Z' })
    await say('opt-out', address, { claimedAt: '2026-03-20T00:00:00Z', clock: 'provider' })
    const stateAt = async (options: object) => {
      const { json } = await state({ group: 'offers', addresses: [address], ...options })
      return (json['results'] as unknown as { state: string }[])[0]?.state
    }
    expect(await stateAt({})).toBe('unsubscribed')
    expect(await stateAt({ consistency: 'strong' })).toBe('unsubscribed')
    expect(await stateAt({ at: '2026-02-01T00:00:00Z' })).toBe('never')
    expect(await stateAt({ at: '2026-03-10T00:00:00Z' })).toBe('subscribed')
    expect(await stateAt({ knownAt: first['position'] })).toBe('subscribed')
    expect(await stateAt({ knownAt: '2020-01-01T00:00:00Z' })).toBe('never')
  })

  test('a group made a moment ago is known at once', async () => {
    await ledger.project.stop()
    await ask(ledger.app, 'PUT', '/v1/groups/brand-new', { body: marketing })
    const body = { group: 'brand-new', addresses: [unheard] }
    const answer = await state(body)
    const gate = await permissions(body)
    ledger.project.start()
    expect(answer.json['results']).toMatchObject([{ state: 'never' }])
    expect(gate.json['results']).toMatchObject([{ reason: 'never' }])
  })
})

describe('permissions', () => {
  const ready = async (body: object) => (await permissions(body)).json['results']

  test('each address gets a yes or an explained no', async () => {
    const { version } = ledger.deps.ledger.policy
    const addresses = [optedIn, optedOut, unheard, { kind: 'phone', value: '1' }, 'x']
    expect(await ready({ group: 'offers', addresses })).toMatchObject([
      { permitted: true, reason: 'subscribed', state: 'subscribed', policyVersion: version },
      { permitted: false, reason: 'unsubscribed', state: 'unsubscribed' },
      { permitted: false, reason: 'never', state: 'never', decisiveEventId: null },
      { permitted: false, reason: 'invalid-address', state: null },
      { address: 'x', permitted: false, reason: 'invalid-address', policyVersion: version },
    ])
    expect(await ready({ group: 'receipts', addresses: [unheard] })).toMatchObject([
      { permitted: true, reason: 'transactional' },
    ])
  })

  test('an unknown group is a no for each address, not an error', async () => {
    const { status, json } = await permissions({ group: 'none', addresses: [optedIn, unheard] })
    expect(status).toBe(200)
    expect(json['results']).toMatchObject([
      { address: optedIn, permitted: false, reason: 'unknown-group', state: null },
      { address: unheard, permitted: false, reason: 'unknown-group', state: null },
    ])
  })

  test('outside the window nobody is permitted, unless the read was strong', async () => {
    aheadMicros = 120_000_000
    await ledger.project.stop()
    const body = { group: 'offers', addresses: [optedIn] }
    const stale = await permissions(body)
    const strong = await permissions({ ...body, consistency: 'strong' })
    const told = await state(body)
    ledger.project.start()
    aheadMicros = 0
    expect(stale.json['results']).toMatchObject([{ permitted: false, reason: 'stale' }])
    expect(stale.json['freshness']).toMatchObject({ withinWindow: false })
    expect(strong.json['results']).toMatchObject([{ permitted: true, reason: 'subscribed' }])
    expect(told.json['results']).toMatchObject([{ state: 'subscribed' }])
    expect(told.json['freshness']).toMatchObject({ withinWindow: false })
  })

  test('a past state permits nothing: at and knownAt are not asked here', async () => {
    const body = { group: 'offers', addresses: [optedIn], at: '2026-03-10T00:00:00Z' }
    expect((await permissions(body)).status).toBe(400)
  })

  test('bad ones among a thousand are problems in their places, at both doors', async () => {
    const bad: Readonly<Record<number, unknown>> = {
      0: null,
      250: 'phone:+12025550143',
      500: { kind: 'phone', value: '12025550143' },
      999: { kind: 'phone' },
    }
    const addresses = Array.from({ length: 1_000 }, (_, index) =>
      index in bad ? bad[index] : { kind: 'email', value: `p${index}@example.com` },
    )
    const body = { group: 'offers', addresses }
    const places = Object.keys(bad).map(Number)
    type Results = readonly { address: unknown; reason?: string; problem?: { code: string } }[]
    const resultsOf = ({ json }: Answer) => json['results'] as unknown as Results
    const [states, permitted] = [await state(body), await permissions(body)].map(resultsOf)
    expect(states?.map(({ address }) => address)).toEqual(addresses)
    expect(permitted?.map(({ address }) => address)).toEqual(addresses)
    const isBad = (code: string | undefined) => code === 'invalid-address'
    expect(states?.flatMap(({ problem }, at) => (isBad(problem?.code) ? [at] : []))).toEqual(places)
    expect(permitted?.flatMap(({ reason }, at) => (isBad(reason) ? [at] : []))).toEqual(places)
  })

  test('a thousand addresses are answered in order', async () => {
    const addresses = Array.from({ length: 1_000 }, (_, index) =>
      index === 500 ? optedIn : { kind: 'email', value: `p${index}@example.com` },
    )
    const results = (await ready({ group: 'offers', addresses })) as unknown as readonly {
      readonly address: unknown
      readonly permitted: boolean
    }[]
    expect(results.map(({ address }) => address)).toEqual(addresses)
    expect(results.flatMap(({ permitted }, index) => (permitted ? [index] : []))).toEqual([500])
  })
})
