import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Signal } from '@ledger/domain'
import { Outage } from '@ledger/ledger'
import type { AppDeps } from '../app-deps.ts'
import type { Ask } from '../testing/client.ts'
import { ask, cloudEvent, marketing, phone } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
/** What the write path was asked, and what stands in its way. */
let recorded: Signal[] = []
let obstacle: (signal: Signal) => Promise<void> = async () => {}
beforeAll(async () => {
  ledger = await openTestLedger((deps): Partial<AppDeps> => {
    const record: AppDeps['ledger']['record'] = async (signal) => {
      recorded.push(signal)
      await obstacle(signal)
      return deps.ledger.record(signal)
    }
    return { ledger: { ...deps.ledger, record } }
  })
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
})
beforeEach(() => {
  recorded = []
  obstacle = async () => {}
})
afterAll(() => ledger.close())

const send = (body: unknown, asked: Ask = {}) =>
  ask(ledger.app, 'POST', '/v1/signals', { body, ...asked })
const scope = { group: 'offers' }
let lastPhone = 2_025_550_100
const somebody = () => phone(`+1${(lastPhone += 1)}`)
const optIn = (data = {}, envelope = {}) =>
  cloudEvent('opt-in', { address: somebody(), scope, ...data }, envelope)
const optOut = (data = {}, envelope = {}) =>
  cloudEvent('opt-out', { address: somebody(), scope, ...data }, envelope)

test.each(['application/cloudevents+json', 'application/json', 'application/json; charset=utf-8'])(
  'one signal as %s is answered with its outcome',
  async (type) => {
    const event = optIn()
    const { status, json } = await send(event, { type })
    expect(status).toBe(200)
    expect(json).toEqual({
      id: event['id'],
      outcome: 'recorded',
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      position: expect.stringContaining(ledger.deps.reader.logId) as string,
    })
  },
)

test.each(['application/cloudevents-batch+json', 'application/json'])(
  'a batch as %s is answered in order',
  async (type) => {
    const events = [optIn(), optOut(), optIn()]
    const { status, json } = await send(events, { type })
    expect(status).toBe(200)
    expect(json['results']).toMatchObject(events.map(({ id }) => ({ id, outcome: 'recorded' })))
  },
)

test('an empty batch is answered empty', async () => {
  expect((await send([])).json).toEqual({ results: [] })
})

test('a thousand signals are taken together', async () => {
  const { status, json } = await send(Array.from({ length: 1_000 }, () => optOut()))
  expect(status).toBe(200)
  expect(json['results']).toHaveLength(1_000)
})

test('a bad signal is answered 200, names its field, and keeps its value to itself', async () => {
  const { status, json, text } = await send(optIn({ actor: 'hunter2' }))
  expect(status).toBe(200)
  expect(json).toMatchObject({
    outcome: 'invalid',
    problem: { code: 'invalid-signal', field: 'data.actor' },
  })
  expect(text).not.toContain('hunter2')
})

test.each([
  [{}],
  [{ id: 5 }],
  [{ id: 'a', type: 'subscription.constructor' }],
  [JSON.parse('{"__proto__":{"id":"a"}}')],
])('an object that is no CloudEvent, %j, is invalid', async (body: unknown) => {
  const { status, json } = await send(body)
  expect(status).toBe(200)
  expect(json['outcome']).toBe('invalid')
})

test('one bad item never fails its neighbours', async () => {
  const batch = [optIn(), null, 'x', optIn({ scope: { group: 'none' } }), [], 7, optOut()]
  const { status, json } = await send(batch)
  expect(status).toBe(200)
  expect(json['results']).toMatchObject([
    { outcome: 'recorded' },
    { id: null, outcome: 'invalid' },
    { id: null, outcome: 'invalid' },
    { outcome: 'invalid', problem: { code: 'unknown-group', field: 'data.scope.group' } },
    { id: null, outcome: 'invalid' },
    { id: null, outcome: 'invalid' },
    { outcome: 'recorded' },
  ])
})

test('a repeat is a duplicate and a reused id a conflict, alone and in a batch', async () => {
  const event = optIn()
  const changed = { ...event, data: { ...(event['data'] as object), method: 'verbal' } }
  const { json } = await send([event, event, changed])
  expect(json['results']).toMatchObject([
    { outcome: 'recorded' },
    { outcome: 'duplicate' },
    { outcome: 'conflict', problem: { code: 'id-conflict', field: 'id' } },
  ])
  expect((await send(event)).json['outcome']).toBe('duplicate')
})

test('a person’s opt-in without its evidence is quarantined, and told what it lacks', async () => {
  const evidence = { disclosure: ' ' }
  const { json } = await send(optIn({ actor: 'person', method: 'web-form', evidence }))
  expect(json).toMatchObject({
    outcome: 'quarantined',
    problem: {
      code: 'evidence-missing',
      field: 'data.evidence',
      detail: expect.stringContaining('disclosure or disclosureId, formUrl') as string,
    },
  })
})

test('an opt-out that is not all readable is recorded, and told what was not read', async () => {
  const { json } = await send(optOut({ scope: { brand: 7 }, clock: 'sundial' }))
  expect(json).toMatchObject({
    outcome: 'recorded',
    problem: { code: 'read-safely', detail: expect.stringContaining('scope, clock') as string },
  })
})

test('an outage of one item makes the batch 503, and the retry records each once', async () => {
  const batch = [optIn(), optIn(), optOut()]
  obstacle = async ({ id }) => {
    if (id === batch[1]?.['id']) throw new Outage('unavailable')
  }
  const failed = await send(batch)
  expect(failed.status).toBe(503)
  expect(failed.headers['retry-after']).toBe('5')
  expect(failed.text).not.toContain('recorded')
  obstacle = async () => {}
  const { json } = await send(batch)
  expect(json['results']).toMatchObject([
    { outcome: 'duplicate' },
    { outcome: 'recorded' },
    { outcome: 'duplicate' },
  ])
})

test('signals of different people are recorded together, those of one person in turn', async () => {
  const one = somebody()
  const [a, b] = [optIn({ address: one }), optOut({ address: one })]
  const other = optIn()
  let isReleased = false
  obstacle = async ({ id }) => {
    if (id !== a['id']) return
    // The other person's signal comes by while this one waits; the same person's does not.
    while (!recorded.some((each) => each.id === other['id'])) await new Promise(setImmediate)
    expect(recorded.some((each) => each.id === b['id'])).toBe(false)
    isReleased = true
  }
  const { json } = await send([a, b, other])
  expect(isReleased).toBe(true)
  expect(json['results']).toMatchObject([
    { outcome: 'recorded' },
    { outcome: 'recorded' },
    { outcome: 'recorded' },
  ])
})

test('a key bound to sources speaks for no other', async () => {
  const key = await ledger.keyFor(['intake'], ['urn:shop'])
  const { status, json } = await send([optIn({}, { source: 'urn:shop' }), optIn(), optOut()], {
    key,
  })
  expect(status).toBe(200)
  const refused = { outcome: 'invalid', problem: { code: 'source-not-allowed', field: 'source' } }
  expect(json['results']).toMatchObject([{ outcome: 'recorded' }, refused, refused])
  expect(recorded).toHaveLength(1)
})

test('bytes that are no UTF-8 stop an opt-in and no opt-out', async () => {
  const latin1 = (event: object) =>
    Buffer.from(
      JSON.stringify(event).replace('"api"', '"api","evidence":{"text":"d\xe9sabonner"}'),
      'latin1',
    )
  expect((await send(latin1(optOut()))).json['outcome']).toBe('recorded')
  expect((await send(latin1(optIn()))).json).toMatchObject({
    outcome: 'invalid',
    problem: { code: 'invalid-signal' },
  })
})

/** JSON text nested so deep that a recursive reader would run out of stack. */
const bottomless = (event: object) => {
  const depth = 200_000
  const evidence = `{"text":${'['.repeat(depth)}${']'.repeat(depth)}}`
  return JSON.stringify(event).replace('"api"', `"api","evidence":${evidence}`)
}

test('evidence nested without end stops an opt-in and no opt-out', async () => {
  expect((await send(bottomless(optOut()))).json['outcome']).toBe('recorded')
  expect((await send(bottomless(optIn()))).json).toMatchObject({
    outcome: 'invalid',
    problem: { code: 'invalid-signal', field: 'data.evidence' },
  })
})

test('a byte order mark is no obstacle', async () => {
  expect((await send(`\uFEFF${JSON.stringify(optOut())}`)).json['outcome']).toBe('recorded')
})

test('signals are counted by action and outcome, never by what was sent', async () => {
  await send(cloudEvent('hunter2', {}))
  const text = await ledger.deps.metrics.text()
  expect(text).toContain('ledger_signals_total{action="opt-out",outcome="recorded"}')
  expect(text).toContain('ledger_signals_total{action="unknown",outcome="invalid"}')
  expect(text).not.toContain('hunter2')
})
