import { crc32 } from 'node:zlib'

// What tells a row that a disk has changed from the one that was written. SQLite has no checksums,
// and one flipped bit in a time can turn a STOP into a yes. They are against accidents: who writes
// a file on purpose can write these as well.

/** An event as it is written, without its sealed part. */
export type ClearEvent = {
  readonly position: number
  readonly stream: string
  readonly revision: number
  readonly id: string
  readonly type: string
  readonly schemaVersion: number
  readonly recordedAt: number
  /** JSON, as it stands in the file. */
  readonly data: string
}

/** The checksum of an event's row. */
export function eventChecksum(event: ClearEvent): number {
  const { position, stream, revision, id, type, schemaVersion, recordedAt, data } = event
  return crc32(
    `${position} ${stream} ${revision} ${id} ${type} ${schemaVersion} ${recordedAt} ${data}`,
  )
}

/** The checksum of a subject's row in the read model. */
export const subjectChecksum = (
  subject: string,
  record: string,
  answers: string,
  parked: string,
): number => crc32(`${subject} ${parked} ${answers} ${record}`)
