import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Compares in constant time; a difference in length is told at once, which is no secret. */
export function isSame(given: string | Uint8Array, expected: string | Uint8Array): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/**
 * True when any of the secrets makes what was given. All are tried, so that the time does not say
 * which one it was; while a secret is replaced, the old and the new one are both good.
 */
export function isAnyGood<Secret>(
  secrets: readonly Secret[] | undefined,
  isGood: (secret: Secret) => boolean,
): boolean {
  let isOneGood = false
  for (const secret of secrets ?? []) if (isGood(secret)) isOneGood = true
  return isOneGood
}

export type HmacAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

export const hmac = (
  algorithm: HmacAlgorithm,
  secret: string | Uint8Array,
  data: string | Uint8Array,
): Buffer => createHmac(algorithm, secret).update(data).digest()

export const sha256Hex = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex')
