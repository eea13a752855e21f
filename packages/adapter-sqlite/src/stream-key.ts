import { parseUuid } from './uuid-bytes.ts'

const prefix = 'subject-'

/** What a stream is stored under: the bytes of its subject, or its name when it has none. */
export type StreamKey = string | Uint8Array

/** The key of a stream's name. */
export function streamKey(stream: string): StreamKey {
  if (!stream.startsWith(prefix)) return stream
  return parseUuid(stream.slice(prefix.length)) ?? stream
}
