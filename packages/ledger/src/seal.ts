import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** Joins parts so that no two lists of parts join to the same text: each is length-prefixed. */
export function lengthPrefixed(parts: readonly string[]): string {
  let joined = ''
  for (const part of parts) joined += `${Buffer.byteLength(part)}:${part}`
  return joined
}

// Random bytes are drawn in bulk: one call for each nonce costs a third of the whole seal.
const pool = Buffer.alloc(nonceBytes * 512)
let poolAt = pool.length

function nextNonce(): Buffer {
  if (poolAt === pool.length) {
    randomFillSync(pool)
    poolAt = 0
  }
  poolAt += nonceBytes
  return pool.subarray(poolAt - nonceBytes, poolAt)
}

/**
 * Seals bytes under a 256-bit key: nonce, ciphertext, tag. The nonce is random: a subject's key
 * seals few messages, far from the 2^32 where random 96-bit nonces become unsafe (NIST SP 800-38D,
 * 8.3).
 */
export function seal(key: Uint8Array, plain: Uint8Array, aad: string): Buffer {
  const nonce = nextNonce()
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(aad, 'utf8'))
  const body = cipher.update(plain)
  cipher.final()
  return Buffer.concat([nonce, body, cipher.getAuthTag()])
}

/**
 * Opens what `seal` sealed; null when the key, the bytes or the associated data are not the same.
 */
export function open(key: Uint8Array, sealed: Uint8Array, aad: string): Buffer | null {
  if (sealed.length < nonceBytes + tagBytes) return null
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(Buffer.from(aad, 'utf8'))
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  const plain = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes))
  try {
    // Nothing of `plain` may be used before the tag has been checked.
    decipher.final()
  } catch {
    return null
  }
  return plain
}
