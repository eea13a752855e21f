const startsWith = (bytes: Uint8Array, ...start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte)

/**
 * What a file is that is no text in UTF-8, by its first bytes, and what to do about it; null for
 * what may be. Never guesses: text read in the wrong encoding has wrong addresses.
 */
export function problemOfBytes(head: Uint8Array): string | null {
  if (startsWith(head, 0xff, 0xfe) || startsWith(head, 0xfe, 0xff) || head.includes(0)) {
    return 'the file is UTF-16 (or no text); save it as "CSV UTF-8"'
  }
  if (startsWith(head, 0x50, 0x4b)) return 'the file is a workbook or a zip; save it as "CSV UTF-8"'
  if (startsWith(head, 0x1f, 0x8b)) return 'the file is packed; unpack it first'
  return null
}

/** Said of text whose bytes are no UTF-8: most often a spreadsheet's own encoding. */
export const notUtf8 = 'the file is not UTF-8, perhaps Windows-1252; save it as "CSV UTF-8"'
