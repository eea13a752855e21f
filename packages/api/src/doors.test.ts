import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMetrics } from '@ledger/runtime'
import { tellsOf } from './access-log.ts'
import { isBrazePath } from './braze/failure.ts'
import { buildApp } from './build-app.ts'
import { doorScopes, keyScopeSchema, scopesOfDoor } from './door-scopes.ts'
import type { KeyScope } from './door-scopes.ts'
import { ask } from './testing/client.ts'
import { everyDoor } from './testing/fake-doors.ts'
import type { TestLedger } from './testing/test-ledger.ts'
import { openTestLedger } from './testing/test-ledger.ts'

type Method = Parameters<typeof ask>[1]
const table = Object.entries(doorScopes).map(([door, scope]) => {
  const [method = '', url = ''] = door.split(' ')
  return {
    door,
    method: method as Method,
    url: url.replace(/:\w+/g, 'x'),
    own: scope === null ? null : [scope].flat(),
  }
})
const locked = table.filter(({ own }) => own !== null)
/** The doors at which a provider authenticates itself; nothing else may take without a key. */
const providerDoors = ['POST /sources/:provider/:name', 'GET /sources/:provider/:name']
/** The doors at which a link in a message is the key. */
const linkDoors = ['GET /u/:token', 'POST /u/:token']
const openedOtherwise = new Set([...providerDoors, ...linkDoors])
const open = table.filter(({ own, door }) => own === null && !openedOtherwise.has(door))
const scopes = keyScopeSchema.options

const noMetrics = () => createMetrics({ isProcessMeasured: false })

let ledger: TestLedger
const keys = new Map<KeyScope, string>()
beforeAll(async () => {
  ledger = await openTestLedger(everyDoor)
  for (const scope of scopes) keys.set(scope, await ledger.keyFor([scope]))
})
afterAll(() => ledger.close())

test('the doors that are registered are those of the table', async () => {
  const app = buildApp({ ...ledger.deps, ...everyDoor(), metrics: noMetrics() })
  const registered = new Set<string>()
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (each !== 'HEAD') registered.add(`${each} ${url}`)
  })
  await app.ready()
  const doors = [...registered].filter((door) => !door.startsWith('GET /docs/'))
  expect(doors.sort()).toEqual(Object.keys(doorScopes).sort())
  await app.close()
})

test('a route that is not in the table cannot be made', () => {
  expect(() => scopesOfDoor('GET', '/v1/back-door')).toThrow('GET /v1/back-door')
  const app = buildApp({ ...ledger.deps, metrics: noMetrics() })
  expect(() => app.get('/v1/back-door', () => 'open')).toThrow('not in the table')
})

describe.each(locked)('$door', ({ method, url, own }) => {
  const opening: readonly KeyScope[] = [...(own ?? []), 'admin']

  test('without a key is 401, before the body is read', async () => {
    const answer = await ask(ledger.app, method, url, { key: null, body: '{"broken' })
    expect(answer.status).toBe(401)
    expect(answer.json['code']).toBe('no-key')
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  test.each([
    'Basic YTpi',
    'Bearer',
    'Bearer ',
    'Bearer nobody',
    'Bearer sl_0_0',
    `Bearer ${'k'.repeat(600)}`,
  ])('with %s is 401', async (key) => {
    const answer = await ask(ledger.app, method, url, { key })
    expect(answer.status).toBe(401)
  })

  test.each(scopes.filter((other) => !opening.includes(other)))(
    'with a key for %s is 403',
    async (other) => {
      const answer = await ask(ledger.app, method, url, { key: keys.get(other) ?? '' })
      expect(answer.status).toBe(403)
      const form = isBrazePath(url) ? { message: 'Access Denied' } : { status: 403 }
      expect(answer.json).toMatchObject({ code: 'wrong-scope', ...form })
    },
  )

  test.each([...new Set(opening)])('with a key for %s is let in', async (scope) => {
    const answer = await ask(ledger.app, method, url, { key: keys.get(scope) ?? '' })
    expect([401, 403]).not.toContain(answer.status)
    expect(answer.status).toBeLessThan(500)
  })
})

test.each(open)('$door asks for no key', async ({ method, url }) => {
  const answer = await ask(ledger.app, method, url, { key: null })
  expect(answer.status).toBe(200)
})

test('every locked door says what it tells of persons', () => {
  const unsaid = locked.filter(({ door }) => tellsOf(door) === undefined)
  expect(unsaid.map(({ door }) => door)).toEqual([])
})

test('every door that fastify knows, HEAD too, refuses whoever lacks its scope', async () => {
  const app = buildApp({ ...ledger.deps, ...everyDoor(), metrics: noMetrics() })
  const routes: { readonly method: Method; readonly url: string }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each as Method, url })
  })
  await app.ready()
  let refused = 0
  for (const { method, url } of routes) {
    const opening = scopesOfDoor(method, url)
    if (opening === null) continue
    const path = url.replace(/:\w+/, 'x')
    for (const other of scopes.filter((each) => !opening.includes(each) && each !== 'admin')) {
      const answer = await ask(app, method, path, { key: keys.get(other) ?? '' })
      expect(`${method} ${url} ${answer.status}`).toBe(`${method} ${url} 403`)
      refused += 1
    }
    expect((await ask(app, method, path, { key: null })).status).toBe(401)
  }
  expect(refused).toBeGreaterThan(2 * locked.length)
  await app.close()
})

test.each(providerDoors)(
  '%s asks for no key, and knows nobody that is not set up',
  async (door) => {
    expect(doorScopes[door]).toBeNull()
    const [method] = door.split(' ')
    const answer = await ask(ledger.app, method as Method, '/sources/twilio/nobody', { key: null })
    expect([answer.status, answer.json['code']]).toEqual([404, 'unknown-source'])
  },
)

test.each(linkDoors)('%s asks for no key, and opens to no link that is not ours', async (door) => {
  expect(doorScopes[door]).toBeNull()
  const [method] = door.split(' ')
  const body = method === 'POST' ? 'List-Unsubscribe=One-Click' : undefined
  const answer = await ask(ledger.app, method as Method, '/u/made-up', { key: null, body })
  expect(answer.status).toBe(404)
})

test('only reading is open to everybody', () => {
  expect(open.every(({ method }) => method === 'GET')).toBe(true)
})

test('HEAD is locked where GET is', async () => {
  expect((await ask(ledger.app, 'HEAD', '/v1/groups', { key: null })).status).toBe(401)
  expect((await ask(ledger.app, 'HEAD', '/healthz', { key: null })).status).toBe(200)
})
