/*
 * Bytes cross to the writer's thread as text of one byte per letter. A small Buffer is a window
 * into a shared slab of 8 KiB, and a message copies the whole slab with each: 500 events of 200
 * sealed bytes would be 4 MB. As text they cost 0.1 us each.
 */

/** Bytes as text of one byte per letter. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Bytes in hex, in lower case. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** The bytes of a text of one byte per letter. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
