import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { notUtf8, problemOfBytes } from '@ledger/sources'

/** A file as its first reading found it. */
export type SurveyedFile = {
  readonly path: string
  /** SHA-256 of its bytes, in hex. */
  readonly sha256: string
  readonly bytes: number
  /** Line ends, which is about how many rows it has. */
  readonly lines: number
  /** Its first characters, which hold the header. */
  readonly head: string
}

export type Survey =
  | { readonly ok: true; readonly file: SurveyedFile }
  | { readonly ok: false; readonly detail: string }

/** How much of a file is read at once; a thousand rows and more, so that progress is seen. */
export const pieceBytes = 64 * 1024
const lineFeed = 10

/** Text, or null where the bytes are none. */
function textOf(decode: () => string): string | null {
  try {
    return decode()
  } catch {
    return null
  }
}

/**
 * Reads a file once from end to end before anything of it is taken: what it is known by, and
 * whether all of it is text in UTF-8.
 */
export async function surveyFile(path: string): Promise<Survey> {
  const hash = createHash('sha256')
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let [bytes, lines, head] = [0, 0, '']
  for await (const piece of createReadStream(path, { highWaterMark: pieceBytes })) {
    const chunk = piece as Buffer
    const detail = bytes === 0 ? problemOfBytes(chunk.subarray(0, 4_096)) : null
    if (detail !== null) return { ok: false, detail }
    hash.update(chunk)
    bytes += chunk.length
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) {
      lines += 1
    }
    const text = textOf(() => decoder.decode(chunk, { stream: true }))
    if (text === null) return { ok: false, detail: notUtf8 }
    if (head === '') head = text
  }
  if (textOf(() => decoder.decode()) === null) return { ok: false, detail: notUtf8 }
  if (bytes === 0) return { ok: false, detail: 'the file is empty' }
  return { ok: true, file: { path, sha256: hash.digest('hex'), bytes, lines, head } }
}
