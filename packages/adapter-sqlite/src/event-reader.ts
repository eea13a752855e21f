import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EventId } from '@ledger/domain'
import type { EventReader, RecordedEvent } from '@ledger/ledger'
import { openReading } from './database.ts'
import { logFile } from './file-kind.ts'
import { numberOf, positionOf } from './position.ts'
import { reading } from './reading.ts'
import type { StreamKey } from './stream-key.ts'
import { streamKey, streamOfKey } from './stream-key.ts'
import { uuidText } from './uuid-bytes.ts'

type EventRow = readonly [
  position: number,
  stream: StreamKey,
  revision: number,
  eventId: Uint8Array,
  type: string,
  schemaVersion: number,
  recordedAt: number,
  data: string,
  sealed: Uint8Array | null,
]

const columns =
  'position, stream, revision, event_id, type, schema_version, recorded_at, data, sealed'

function recordedEvent(logId: string, row: EventRow): RecordedEvent {
  const [position, stream, revision, eventId, type, schemaVersion, recordedAt, data, sealed] = row
  return {
    id: uuidText(eventId) as EventId,
    type,
    schemaVersion,
    recordedAt,
    data: JSON.parse(data),
    sealed,
    stream: streamOfKey(stream),
    revision,
    position: positionOf(logId, position),
  }
}

/** The reading half of the log on one connection. */
export function readEvents(database: DatabaseSync): EventReader {
  const prepare = (sql: string): StatementSync => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  const [logId] = prepare('SELECT id FROM log').get() as unknown as [string]
  const readStream = prepare(`SELECT ${columns} FROM events WHERE stream = ? ORDER BY revision`)
  const readAll = prepare(
    `SELECT ${columns} FROM events WHERE position > ? ORDER BY position LIMIT ?`,
  )
  const readBackwards = prepare(
    `SELECT ${columns} FROM events WHERE position < ? ORDER BY position DESC LIMIT ?`,
  )
  const readHead = prepare('SELECT max(position) FROM events')
  const eventsOf = (rows: unknown): readonly RecordedEvent[] =>
    (rows as readonly EventRow[]).map((row) => recordedEvent(logId, row))

  return {
    logId,
    readStream: (stream) => reading(() => eventsOf(readStream.all(streamKey(stream)))),
    readAll: (after, limit) =>
      reading(() => eventsOf(readAll.all(after === null ? 0 : numberOf(logId, after), limit))),
    readBackwards: (before, limit) =>
      reading(() => {
        const end = before === null ? Number.MAX_SAFE_INTEGER : numberOf(logId, before)
        return eventsOf(readBackwards.all(end, limit))
      }),
    head: () =>
      reading(() => {
        const [head] = readHead.get() as unknown as [number | null]
        return head === null ? null : positionOf(logId, head)
      }),
  }
}

/**
 * Opens a log that exists for reading alone, on the calling thread: for whoever follows or judges it.
 * @throws IncompatibleDatabase when the file is no log of this version
 */
export async function openSqliteEventReader({
  path,
}: {
  readonly path: string
}): Promise<EventReader & { close(): Promise<void> }> {
  const database = openReading(path, logFile)
  let isOpen = true
  return {
    ...readEvents(database),
    close: async () => {
      if (isOpen) database.close()
      isOpen = false
    },
  }
}
