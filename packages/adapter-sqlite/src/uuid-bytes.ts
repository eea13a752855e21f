const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** True for a UUID as it is written here, in lower case with its dashes. */
export const isUuid = (text: string): boolean => canonical.test(text)

/**
 * The 16 bytes of a UUID: less than half of its text.
 * @throws Error for a text that would not come back the same
 */
export function uuidBytes(uuid: string): Buffer {
  if (!isUuid(uuid)) throw new Error(`expected a UUID in lower case, found ${uuid.length} letters`)
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}

/** The UUID of 32 hex digits in lower case. */
export const uuidOfHex = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

/** The UUID of 16 bytes. */
export const uuidText = (bytes: Uint8Array): string =>
  uuidOfHex(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex'))
