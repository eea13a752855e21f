import type { Micros } from '@ledger/domain'
import type { Desk } from '@ledger/ledger'
import { nowMicros } from '@ledger/runtime'
import { adminKeyLengthMin, mintKey } from './keys.ts'

/**
 * Sees to it that somebody can open the first door. With `ADMIN_KEY` given, nothing is stored;
 * without it, and with no live admin key at the desk, one is made, and its text handed back to be
 * printed once.
 */
export async function ensureAdminKey(
  desk: Pick<Desk, 'keys' | 'putKey'>,
  given?: string,
  now: () => Micros = nowMicros,
): Promise<{ readonly generated: string | null }> {
  if (given !== undefined) {
    if (given.length >= adminKeyLengthMin) return { generated: null }
    throw new Error(`the admin key must have at least ${adminKeyLengthMin} characters`)
  }
  const keys = await desk.keys()
  const hasAdmin = keys.some(
    ({ scopes, revokedAt, expiresAt }) =>
      scopes.includes('admin') && revokedAt === null && (expiresAt === null || now() < expiresAt),
  )
  if (hasAdmin) return { generated: null }
  const wanted = { name: 'first admin', scopes: ['admin'], sources: null, expiresAt: null } as const
  const { key, text } = mintKey(wanted, now())
  await desk.putKey(key)
  return { generated: text }
}
