import { randomFillSync } from 'node:crypto'

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * Writes 16 bytes as a UUID of the given version (RFC 9562). Changes the version and variant bits.
 */
export function uuidFromBytes(bytes: Uint8Array, version: 7 | 8): string {
  const at = (index: number): number => bytes[index] ?? 0
  let text = ''
  for (let index = 0; index < 16; index += 1) {
    let byte = at(index)
    if (index === 6) byte = (byte & 0x0f) | (version << 4)
    if (index === 8) byte = (byte & 0x3f) | 0x80
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-'
    text += hex[byte]
  }
  return text
}

const pool = new Uint8Array(4_096)
let poolAt = pool.length

/** A UUIDv7 of the given milliseconds: random, and newer ones sort behind older ones. */
export function uuidV7(atMs: number): string {
  if (poolAt + 16 > pool.length) {
    randomFillSync(pool)
    poolAt = 0
  }
  const bytes = pool.subarray(poolAt, poolAt + 16)
  poolAt += 16
  let rest = Math.floor(atMs)
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return uuidFromBytes(bytes, 7)
}
