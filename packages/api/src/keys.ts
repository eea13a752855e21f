import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Micros } from '@ledger/domain'
import type { Desk, StoredKey } from '@ledger/ledger'
import type { KeyScope } from './door-scopes.ts'
import { keyScopeSchema } from './door-scopes.ts'

/** Who opened a door. */
export type Caller = {
  readonly keyId: string
  readonly scopes: ReadonlySet<KeyScope>
  /** The CloudEvent sources it may speak for; null when any. */
  readonly sources: ReadonlySet<string> | null
}

export type NewKey = {
  readonly name: string
  readonly scopes: readonly KeyScope[]
  readonly sources: readonly string[] | null
  readonly expiresAt: Micros | null
}

/** A key's successor, or why there is none. */
export type Rotation =
  | { readonly ok: true; readonly key: StoredKey; readonly text: string; readonly old: StoredKey }
  | { readonly ok: false; readonly code: 'unknown-key' | 'key-ended' }

/** The API keys, in memory as the desk keeps them. */
export type KeyRing = {
  /**
   * The caller behind an `Authorization` header; null when it holds no key that is valid now. The
   * same header on the same connection is not hashed again: that saves 4 µs of each request.
   */
  readonly callerOf: (authorization: string | undefined, connection?: object) => Caller | null
  readonly list: () => readonly StoredKey[]
  /** Makes a key. Its text is given once and kept nowhere. */
  readonly create: (key: NewKey) => Promise<{ readonly key: StoredKey; readonly text: string }>
  /** Revokes a key for ever; null when there is none of this id. */
  readonly revoke: (id: string) => Promise<StoredKey | null>
  /**
   * Makes a successor with the same scopes, sources and end, beside which the key opens doors for
   * the overlap, in microseconds, and never longer than it would have.
   */
  readonly rotate: (id: string, overlap: Micros) => Promise<Rotation>
  /** Reads the desk again, after another process may have changed it. */
  readonly reload: () => Promise<void>
}

export const adminKeyLengthMin = 8
const tokenLengthMax = 512
const idBytes = 8
const secretBytes = 32

/** A plain SHA-256 is enough for 256 random bits, and costs a microsecond. */
export const hashOfKey = (text: string): Buffer => hash('sha256', text, 'buffer')

/** A new key and its text, `sl_<id>_<secret>`. */
export function mintKey(
  { name, scopes, sources, expiresAt }: NewKey,
  createdAt: Micros,
): { readonly key: StoredKey; readonly text: string } {
  const id = randomBytes(idBytes).toString('hex')
  const text = `sl_${id}_${randomBytes(secretBytes).toString('base64url')}`
  const secretHash = hashOfKey(text)
  const key = { id, name, secretHash, scopes, sources, createdAt, expiresAt, revokedAt: null }
  return { key, text }
}

type Held = { readonly stored: StoredKey; readonly hash: Buffer; readonly caller: Caller }

function hold(stored: StoredKey): Held {
  const scopes = stored.scopes.flatMap((scope) => keyScopeSchema.safeParse(scope).data ?? [])
  const sources = stored.sources === null ? null : new Set(stored.sources)
  const caller = { keyId: stored.id, scopes: new Set(scopes), sources }
  return { stored, hash: Buffer.from(stored.secretHash), caller }
}

/** A key that runs out at an instant, or before that as it would have. */
const endingBy = (stored: StoredKey, at: Micros): StoredKey => {
  return { ...stored, expiresAt: Math.min(stored.expiresAt ?? at, at) }
}

/** The key of the environment, as if it were stored; it stands nowhere. */
function operatorOf(adminKey: string, createdAt: Micros): Held {
  const secretHash = hashOfKey(adminKey)
  const unstored = { id: 'admin-key', name: 'ADMIN_KEY', sources: null, createdAt }
  return hold({ ...unstored, secretHash, scopes: ['admin'], expiresAt: null, revokedAt: null })
}

const isSame = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b)

const bearer = /^Bearer +([\x21-\x7e]+) *$/i

function tokenOf(authorization: string): string | null {
  if (authorization.length > tokenLengthMax) return null
  return bearer.exec(authorization)?.[1] ?? null
}

/** The id in a key's text; the id is no secret, so a plain look-up finds the row. */
const idOf = (token: string): string | null =>
  token.startsWith('sl_') ? token.slice('sl_'.length, token.indexOf('_', 'sl_'.length)) : null

export type OpenKeyRingOptions = {
  readonly desk: Pick<Desk, 'keys' | 'putKey'>
  readonly now: () => Micros
  /** The key of the first operator, from the environment; held only as its hash. */
  readonly adminKey?: string | undefined
}

/** Opens the keys that the desk holds, and beside them the operator's own. */
export async function openKeyRing({ desk, now, adminKey }: OpenKeyRingOptions): Promise<KeyRing> {
  const operator = adminKey === undefined ? null : operatorOf(adminKey, now())
  let held = new Map<string, Held>()
  const put = async (stored: StoredKey): Promise<void> => {
    await desk.putKey(stored)
    held.set(stored.id, hold(stored))
  }
  const reload = async (): Promise<void> => {
    held = new Map((await desk.keys()).map((stored) => [stored.id, hold(stored)]))
  }
  await reload()

  const isLive = (key: Held): boolean => {
    const { id, expiresAt, revokedAt } = key.stored
    // One that was replaced meanwhile may have been revoked.
    if (key !== operator && held.get(id) !== key) return false
    return revokedAt === null && (expiresAt === null || now() < expiresAt)
  }

  const find = (authorization: string): Held | null => {
    const token = tokenOf(authorization)
    if (token === null) return null
    const given = hashOfKey(token)
    const found = held.get(idOf(token) ?? '')
    if (found !== undefined && isSame(given, found.hash)) return found
    return operator !== null && isSame(given, operator.hash) ? operator : null
  }

  // What a connection said last. Compared with its own next header only, so time tells nobody
  // anything new, and gone with the connection.
  const said = new WeakMap<object, { readonly authorization: string; readonly key: Held }>()

  return {
    callerOf: (authorization, connection) => {
      if (authorization === undefined) return null
      const last = connection === undefined ? undefined : said.get(connection)
      if (last?.authorization === authorization && isLive(last.key)) return last.key.caller
      const key = find(authorization)
      if (key === null || !isLive(key)) return null
      if (connection !== undefined) said.set(connection, { authorization, key })
      return key.caller
    },
    list: () => [...held.values()].map(({ stored }) => stored),
    create: async (wanted) => {
      const minted = mintKey(wanted, now())
      await put(minted.key)
      return minted
    },
    revoke: async (id) => {
      const found = held.get(id)?.stored
      if (found === undefined) return null
      const revoked = { ...found, revokedAt: found.revokedAt ?? now() }
      await put(revoked)
      return revoked
    },
    rotate: async (id, overlap) => {
      const found = held.get(id)
      if (found === undefined) return { ok: false, code: 'unknown-key' }
      if (!isLive(found)) return { ok: false, code: 'key-ended' }
      const minted = mintKey({ ...found.stored, scopes: [...found.caller.scopes] }, now())
      // The successor first: a crash in between leaves one key too many, not one too few.
      await put(minted.key)
      const old = endingBy(found.stored, now() + overlap)
      await put(old)
      return { ok: true, ...minted, old }
    },
    reload,
  }
}
