import { randomFillSync } from 'node:crypto'

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const variants = '89ab'

/** Writes the first 32 of some hex digits as a UUIDv8 (RFC 9562), its version and variant set. */
export function uuidV8(hex: string): string {
  const variant = variants[Number.parseInt(hex.charAt(16), 16) % 4] ?? '8'
  const [time, clock] = [`${hex.slice(0, 8)}-${hex.slice(8, 12)}`, hex.slice(17, 20)]
  return `${time}-8${hex.slice(13, 16)}-${variant}${clock}-${hex.slice(20, 32)}`
}

const pool = new Uint8Array(4_096)
let poolAt = pool.length

/** A UUIDv7 of the given milliseconds: random, and newer ones sort behind older ones. */
export function uuidV7(atMs: number): string {
  if (poolAt + 10 > pool.length) {
    randomFillSync(pool)
    poolAt = 0
  }
  let random = ''
  for (const end = poolAt + 10; poolAt < end; poolAt += 1) random += hex[pool[poolAt] ?? 0]
  const time = Math.floor(atMs).toString(16).padStart(12, '0')
  const variant = variants[Number.parseInt(random.charAt(3), 16) % 4] ?? '8'
  const clock = `7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}`
  return `${time.slice(0, 8)}-${time.slice(8)}-${clock}-${random.slice(7, 19)}`
}
