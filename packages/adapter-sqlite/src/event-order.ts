import type { EventId, SubjectId } from '@ledger/domain'
import { subjectStream } from '@ledger/domain'
import { arrayStatements } from './array-statements.ts'
import { openReading } from './database.ts'
import { logFile } from './file-kind.ts'
import { reading } from './reading.ts'
import { streamKey } from './stream-key.ts'
import { uuidOfHex } from './uuid-bytes.ts'

type Place = { readonly stream: string; readonly revision: number; readonly id: EventId }
type PlaceColumns = readonly [stream: string, isSubject: 0 | 1, revision: number, idHex: string]

const columns = `iif(typeof(stream) = 'blob', lower(hex(stream)), stream),
  typeof(stream) = 'blob', revision, lower(hex(event_id))`

const placeOf = ([stream, isSubject, revision, id]: PlaceColumns): Place => ({
  stream: isSubject === 1 ? subjectStream(uuidOfHex(stream) as SubjectId) : stream,
  revision,
  id: uuidOfHex(id) as EventId,
})

/**
 * Opens a log to read where its events stand, stream by stream: from the index alone.
 * @throws IncompatibleDatabase when the file is no log of this version
 */
export function openSqliteEventOrder({ path }: { readonly path: string }) {
  const database = openReading(path, logFile)
  const { prepare, rowsOf } = arrayStatements(database)
  const order = 'ORDER BY stream, revision, event_id LIMIT ?'
  const first = prepare(`SELECT ${columns} FROM events ${order}`)
  const next = prepare(
    `SELECT ${columns} FROM events
     WHERE (stream, revision, event_id) > (?, ?, unhex(?, '-')) ${order}`,
  )
  return {
    placesAfter: (after: Place | null, limit: number) =>
      reading(() => {
        const rows =
          after === null
            ? rowsOf<PlaceColumns>(first, limit)
            : rowsOf<PlaceColumns>(next, streamKey(after.stream), after.revision, after.id, limit)
        return rows.map(placeOf)
      }),
    close: () => database.close(),
  }
}
