import { afterAll, beforeAll, expect, test } from 'vitest'
import { Outage } from '@ledger/ledger'
import type { AppDeps, Readiness } from '../app-deps.ts'
import type { Json } from '../testing/client.ts'
import { ask, cloudEvent, marketing, phone } from '../testing/client.ts'
import { everyDoor } from '../testing/fake-doors.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
let readiness: () => Promise<Readiness> = async () => ({ ready: true, reasons: [] })
beforeAll(async () => {
  ledger = await openTestLedger((): Partial<AppDeps> => ({
    ...everyDoor(),
    readiness: () => readiness(),
  }))
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
})
afterAll(() => ledger.close())

const get = (url: string) => ask(ledger.app, 'GET', url, { key: null })
const scope = { group: 'offers' }

test('the process lives', async () => {
  expect((await get('/healthz')).json).toEqual({ status: 'ok' })
})

test('ready or not, and why', async () => {
  expect(await get('/readyz')).toMatchObject({ status: 200, json: { ready: true } })
  readiness = async () => ({ ready: false, reasons: ['outside-window'] })
  const stale = await get('/readyz')
  expect(stale).toMatchObject({ status: 503, json: { ready: false, reasons: ['outside-window'] } })
  expect(stale.headers['retry-after']).toBe('1')
  readiness = () => Promise.reject(new Outage('unavailable'))
  expect((await get('/readyz')).json).toEqual({ ready: false, reasons: ['unavailable'] })
  readiness = () => Promise.reject(new Error('hunter2'))
  const unknown = await get('/readyz')
  expect(unknown).toMatchObject({ status: 503, json: { reasons: ['unknown'] } })
})

test('metrics tell of doors, signals, lag and parked events', async () => {
  const address = phone('+12025550131')
  await ask(ledger.app, 'POST', '/v1/signals', { body: cloudEvent('opt-in', { address, scope }) })
  const metrics = await get('/metrics')
  expect(metrics.headers['content-type']).toContain('text/plain; version=0.0.4')
  expect(metrics.text).toMatch(/^ledger_read_model_lag_milliseconds \d+$/m)
  expect(metrics.text).toMatch(/^ledger_read_model_within_window 1$/m)
  expect(metrics.text).toMatch(/^ledger_parked_events 0$/m)
  expect(metrics.text).toContain('route="/v1/signals",status="200"')
})

test('no person and no key stands in the metrics or the log', async () => {
  const value = '+12025550132'
  const address = phone(value)
  await ask(ledger.app, 'POST', '/v1/signals', { body: cloudEvent('opt-in', { address, scope }) })
  await ask(ledger.app, 'GET', `/v1/changes?after=${encodeURIComponent(value)}`)
  await ask(ledger.app, 'GET', `/${encodeURIComponent(value)}?q=${encodeURIComponent(value)}`)
  await ask(ledger.app, 'POST', '/v1/state', { body: { group: value, addresses: [address] } })
  await ask(ledger.app, 'GET', '/v1/groups', { key: `Bearer ${value}` })
  expect((await get('/metrics')).text).not.toContain('2025550132')
  expect(ledger.logged.join('')).not.toContain('2025550132')
})

test('every answer forbids to be kept, sniffed or framed', async () => {
  for (const url of ['/healthz', '/v1/groups', '/nowhere', '/metrics']) {
    expect((await get(url)).headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
  }
})

test('a rebuild is started, watched and cancelled', async () => {
  const { app } = ledger
  expect((await ask(app, 'GET', '/v1/rebuild')).json['state']).toBe('idle')
  expect((await ask(app, 'POST', '/v1/rebuild')).json).toEqual({
    state: 'running',
    applied: 10,
    total: 100,
    startedAt: '1970-01-01T00:00:01.000000Z',
    endedAt: null,
  })
  expect((await ask(app, 'DELETE', '/v1/rebuild')).json['state']).toBe('cancelled')
  expect((await ask(app, 'GET', '/v1/rebuild')).json['state']).toBe('cancelled')
})

test('doors that nobody stands behind are not there', async () => {
  const bare = await openTestLedger()
  expect((await ask(bare.app, 'GET', '/v1/rebuild')).status).toBe(404)
  expect((await ask(bare.app, 'POST', '/sources/in-person/till', { body: {} })).status).toBe(404)
  await bare.close()
})

test('the rows of a till are answered in order, each with its number', async () => {
  const key = await ledger.keyFor(['intake'], ['urn:test'])
  const items = [
    cloudEvent('opt-in', { address: phone('+12025550133'), scope }),
    { broken: true },
    cloudEvent('opt-out', { address: phone('+12025550134'), scope }, { source: 'urn:other' }),
  ]
  const results = [
    { row: 1, id: items[0]?.['id'], outcome: 'recorded' },
    { row: 2, id: null, outcome: 'invalid', problem: { code: 'invalid-signal' } },
    { row: 3, outcome: 'invalid', problem: { code: 'source-not-allowed' } },
  ]
  const url = '/sources/in-person/till'
  const json = await ask(ledger.app, 'POST', url, { key, body: { items } })
  expect(json).toMatchObject({ status: 200, json: { results } })
  const lines = items.map((item) => JSON.stringify(item)).join('\n')
  const csv = await ask(ledger.app, 'POST', url, {
    key,
    body: lines,
    type: 'text/csv; charset=utf-8',
  })
  expect(csv.json['results']).toMatchObject([{ outcome: 'duplicate' }, {}, {}])
})

test('the description of the doors is OpenAPI 3.1 and names every door', async () => {
  const { json } = await get('/openapi.json')
  expect(json['openapi']).toBe('3.1.0')
  const paths = Object.keys(json['paths'] ?? {})
  expect(paths).toEqual(
    expect.arrayContaining(['/v1/signals', '/v1/state', '/v1/permissions', '/v1/groups/{id}']),
  )
  const text = JSON.stringify(json)
  for (const type of ['subscription.opt-out', 'application/cloudevents-batch+json']) {
    expect(text).toContain(type)
  }
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference)
  expect(references.length).toBeGreaterThan(10)
  for (const reference of references) {
    const found = reference
      .split('/')
      .slice(1)
      .reduce<Json | undefined>((at, name) => at?.[name], json)
    expect(found, reference).toBeDefined()
  }
  expect(json['paths']?.['/v1/state']?.['post']?.['security']).toEqual([{ key: [] }])
  expect(json['paths']?.['/healthz']?.['get']?.['security']).toEqual([])
})

test('the page for people needs nothing from elsewhere', async () => {
  const page = await get('/docs')
  expect(page.status).toBe(200)
  expect(page.headers['content-security-policy']).toContain("default-src 'self'")
  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file)
  expect(files.length).toBeGreaterThan(2)
  for (const file of files) {
    const url = new URL(file, 'http://ledger/docs')
    expect(url.host).toBe('ledger')
    expect((await get(url.pathname)).status).toBe(200)
  }
})
