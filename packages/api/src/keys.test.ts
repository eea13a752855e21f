import { expect, test } from 'vitest'
import type { Desk, StoredKey } from '@ledger/ledger'
import { ensureAdminKey } from './admin-key.ts'
import { openKeyRing } from './keys.ts'
import { ask, textOf } from './testing/client.ts'
import { openTestLedger } from './testing/test-ledger.ts'

type KeyDesk = Pick<Desk, 'keys' | 'putKey'>

function memoryDesk(): KeyDesk {
  const keys = new Map<string, StoredKey>()
  return {
    keys: async () => [...keys.values()],
    putKey: async (key) => void keys.set(key.id, key),
  }
}

const now = () => 1_000_000
const wanted = { name: 'shop', scopes: ['intake'], sources: ['urn:shop'], expiresAt: null } as const
const bearer = (text: string) => `Bearer ${text}`

test('a key opens, as often as asked, and is kept only as its hash', async () => {
  const desk = memoryDesk()
  const ring = await openKeyRing({ desk, now })
  const { key, text } = await ring.create(wanted)
  expect(text).toMatch(/^sl_[0-9a-f]{16}_[\w-]{43}$/)
  const caller = ring.callerOf(bearer(text))
  expect(caller).toEqual({
    keyId: key.id,
    scopes: new Set(['intake']),
    sources: new Set(['urn:shop']),
  })
  expect(ring.callerOf(`bearer   ${text} `)).toEqual(caller)
  const stored = JSON.stringify(await desk.keys())
  expect(stored).not.toContain(text.slice(20))
  expect((await desk.keys())[0]?.secretHash).toHaveLength(32)
})

test('a key with another secret, id or ending opens nothing', async () => {
  const ring = await openKeyRing({ desk: memoryDesk(), now })
  const [one, two] = [await ring.create(wanted), await ring.create(wanted)]
  const secretOf = (text: string) => text.slice(text.indexOf('_', 3) + 1)
  for (const text of [
    `sl_${one.key.id}_${secretOf(two.text)}`,
    `sl_${one.key.id}_`,
    `sl_${one.key.id}`,
    `sl__${secretOf(one.text)}`,
    'sl_',
    `${one.text}x`,
    one.text.slice(0, -1),
  ]) {
    expect(ring.callerOf(bearer(text))).toBe(null)
  }
  expect(ring.callerOf(undefined)).toBe(null)
  expect(ring.callerOf(one.text)).toBe(null)
})

test('an expired or revoked key opens nothing', async () => {
  let at = 1_000
  const ring = await openKeyRing({ desk: memoryDesk(), now: () => at })
  const { text, key } = await ring.create({ ...wanted, expiresAt: 2_000 })
  expect(ring.callerOf(bearer(text))).not.toBe(null)
  at = 2_000
  expect(ring.callerOf(bearer(text))).toBe(null)
  at = 1_000
  expect((await ring.revoke(key.id))?.revokedAt).toBe(1_000)
  expect(ring.callerOf(bearer(text))).toBe(null)
  at = 1_500
  expect((await ring.revoke(key.id))?.revokedAt).toBe(1_000)
  expect(await ring.revoke('nobody')).toBe(null)
})

test('what a connection said before is remembered only as long as it stays true', async () => {
  let at = 1_000
  const ring = await openKeyRing({ desk: memoryDesk(), now: () => at, adminKey: 'sl_any_thing' })
  const connection = {}
  const one = await ring.create({ ...wanted, expiresAt: 2_000 })
  const two = await ring.create(wanted)
  const idOf = (text: string) => ring.callerOf(bearer(text), connection)?.keyId ?? null
  for (const { key, text } of [one, one, two, one]) expect(idOf(text)).toBe(key.id)
  expect(idOf('sl_any_thing')).toBe('admin-key')
  expect(idOf('sl_any_thing')).toBe('admin-key')
  expect(idOf(one.text)).toBe(one.key.id)
  expect(idOf(`${one.text}x`)).toBe(null)
  expect(ring.callerOf(undefined, connection)).toBe(null)
  at = 2_000
  expect(idOf(one.text)).toBe(null)
  expect(idOf(two.text)).toBe(two.key.id)
  await ring.revoke(two.key.id)
  expect(idOf(two.text)).toBe(null)
})

test('what another process changed is read again', async () => {
  const desk = memoryDesk()
  const [here, there] = [await openKeyRing({ desk, now }), await openKeyRing({ desk, now })]
  const { text, key } = await there.create(wanted)
  expect(here.callerOf(bearer(text))).toBe(null)
  await here.reload()
  expect(here.callerOf(bearer(text))).not.toBe(null)
  await there.revoke(key.id)
  await here.reload()
  expect(here.callerOf(bearer(text))).toBe(null)
})

test('the operator’s own key is admin and stands nowhere', async () => {
  const desk = memoryDesk()
  expect(await ensureAdminKey(desk, 'sl_any_thing')).toEqual({ generated: null })
  const ring = await openKeyRing({ desk, now, adminKey: 'sl_any_thing' })
  expect(ring.callerOf(bearer('sl_any_thing'))?.scopes).toEqual(new Set(['admin']))
  expect(await desk.keys()).toEqual([])
  await expect(ensureAdminKey(desk, 'short')).rejects.toThrow('at least 8')
})

test('without one, an admin key is made once, and again only when none is left', async () => {
  const desk = memoryDesk()
  const { generated } = await ensureAdminKey(desk, undefined, now)
  const ring = await openKeyRing({ desk, now })
  const caller = ring.callerOf(bearer(generated ?? ''))
  expect(caller?.scopes).toEqual(new Set(['admin']))
  expect(await ensureAdminKey(desk, undefined, now)).toEqual({ generated: null })
  await ring.revoke(caller?.keyId ?? '')
  expect((await ensureAdminKey(desk, undefined, now)).generated).not.toBe(null)
})

test('keys are made, listed and revoked at their doors', async () => {
  const { app, close, logged } = await openTestLedger()
  const body = { name: 'shop', scopes: ['query'], expiresAt: '2100-01-01T00:00:00Z' }
  const made = await ask(app, 'POST', '/v1/keys', { body })
  expect(made.status).toBe(200)
  const { key, ...shown } = made.json
  expect(shown).toMatchObject({
    name: 'shop',
    scopes: ['query'],
    sources: null,
    expiresAt: '2100-01-01T00:00:00.000000Z',
    revokedAt: null,
  })
  await ask(app, 'POST', '/v1/keys', { body: { ...body, sources: ['urn:x'], expiresAt: null } })
  const own = { key: `Bearer ${textOf(key)}` }
  expect((await ask(app, 'GET', '/v1/groups', own)).status).toBe(200)

  const one = (await ask(app, 'GET', '/v1/keys?limit=1')).json
  const rest = (await ask(app, 'GET', `/v1/keys?cursor=${textOf(one['cursor'])}`)).json
  const all = [one, rest].flatMap((page) => page['items'] as unknown as readonly object[])
  expect(all).toHaveLength(2)
  expect(all).toContainEqual(shown)
  expect(rest['cursor']).toBe(null)

  const revoked = await ask(app, 'POST', `/v1/keys/${textOf(shown['id'])}/revoke`)
  expect(revoked.json['revokedAt']).not.toBe(null)
  expect((await ask(app, 'GET', '/v1/groups', own)).status).toBe(401)
  expect(logged.join('')).toContain('key revoked')
  expect(logged.join('')).not.toContain(textOf(key))
  await close()
})
