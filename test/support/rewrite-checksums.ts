import type { DatabaseSync } from 'node:sqlite'
import { eventChecksum } from '@ledger/adapter-sqlite'

type Row = Parameters<typeof eventChecksum>[0] & { readonly isSubject: 0 | 1 }

const uuidOf = (hex: string): string =>
  hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/**
 * Makes the checksums of a log fit what a test has changed in its rows, as whoever changes them on
 * purpose would. The triggers must be off.
 */
export function rewriteChecksums(log: DatabaseSync): void {
  const rows = log.prepare(
    `SELECT position, iif(typeof(stream) = 'blob', lower(hex(stream)), stream) AS stream,
       typeof(stream) = 'blob' AS isSubject, revision, lower(hex(event_id)) AS id, type,
       schema_version AS schemaVersion, recorded_at AS recordedAt, data FROM events`,
  )
  const write = log.prepare('UPDATE events SET checksum = ? WHERE position = ?')
  for (const row of rows.all() as unknown as readonly Row[]) {
    const stream = row.isSubject === 1 ? `subject-${uuidOf(row.stream)}` : row.stream
    write.run(eventChecksum({ ...row, stream, id: uuidOf(row.id) }), row.position)
  }
}
