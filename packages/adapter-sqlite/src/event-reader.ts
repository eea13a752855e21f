import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EventId, Position, SubjectId } from '@ledger/domain'
import { subjectStream } from '@ledger/domain'
import type { EventReader, RecordedEvent } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import { openReading } from './database.ts'
import { eventChecksum } from './row-checksums.ts'
import { logFile } from './file-kind.ts'
import { numberOf, positionOf } from './position.ts'
import { reading } from './reading.ts'
import { streamKey } from './stream-key.ts'
import { uuidOfHex } from './uuid-bytes.ts'

type EventRow = readonly [
  position: number,
  /** The hex of a subject's UUID, or the stream's name. */
  stream: string,
  isSubject: 0 | 1,
  revision: number,
  eventId: string,
  type: string,
  schemaVersion: number,
  recordedAt: number,
  data: string,
  checksum: number,
  sealed: Uint8Array | null,
]

// Ids come as hex: making a Uint8Array of each costs three times as much as the rest of the row.
const clearColumns = `position, iif(typeof(stream) = 'blob', lower(hex(stream)), stream),
  typeof(stream) = 'blob', revision, lower(hex(event_id)), type, schema_version, recorded_at, data,
  checksum`
const columns = `${clearColumns}, sealed`
const columnsWithoutSealed = `${clearColumns}, NULL`

/** The data of an event; undefined for a text that is no JSON, which no schema takes for one. */
function dataOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What is done with an event whose row was changed since it was written. */
type OnDamage = (position: Position) => void

function recordedEvent(logId: string, row: EventRow, onDamage: OnDamage): RecordedEvent {
  const [position, streamOrHex, isSubject, revision, eventId, type, schemaVersion, ...rest] = row
  const [recordedAt, data, checksum, sealed] = rest
  const id = uuidOfHex(eventId) as EventId
  const stream = isSubject === 1 ? subjectStream(uuidOfHex(streamOrHex) as SubjectId) : streamOrHex
  const told = { stream, revision, id, type, schemaVersion, recordedAt }
  const place = positionOf(logId, position)
  if (eventChecksum({ ...told, position, data }) !== checksum) onDamage(place)
  return { ...told, data: dataOf(data), sealed, position: place }
}

/** Of such a row nothing can be believed, not even whose it is. */
const refuseDamage = (position: Position | number): never => {
  throw new Outage('unavailable', { cause: new Error(`the log is damaged at event ${position}`) })
}

/** The log has no gaps: where one is found, the file has lost a row that somebody was told of. */
function expectNoGap(after: number, rows: readonly EventRow[]): void {
  for (const [index, [position]] of rows.entries()) {
    if (position !== after + index + 1) refuseDamage(after + index + 1)
  }
}

/** The reading half of the log on one connection. */
export function readEvents(database: DatabaseSync, onDamage: OnDamage = refuseDamage): EventReader {
  const prepare = (sql: string): StatementSync => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  const [logId] = prepare('SELECT id FROM log').get() as unknown as [string]
  const readStream = prepare(`SELECT ${columns} FROM events WHERE stream = ? ORDER BY revision`)
  const forwards = (what: string): StatementSync =>
    prepare(`SELECT ${what} FROM events WHERE position > ? ORDER BY position LIMIT ?`)
  const readAll = forwards(columns)
  const readAllClear = forwards(columnsWithoutSealed)
  const readBackwards = prepare(
    `SELECT ${columns} FROM events WHERE position < ? ORDER BY position DESC LIMIT ?`,
  )
  const readHead = prepare('SELECT max(position) FROM events')
  const startOf = (after: Position | null): number => (after === null ? 0 : numberOf(logId, after))
  const eventsOf = (rows: unknown): readonly RecordedEvent[] =>
    (rows as readonly EventRow[]).map((row) => recordedEvent(logId, row, onDamage))

  const forwardsFrom = (statement: StatementSync, after: number, limit: number) => {
    const rows = statement.all(after, limit) as unknown as readonly EventRow[]
    if (onDamage === refuseDamage) expectNoGap(after, rows)
    return eventsOf(rows)
  }

  return {
    logId,
    readStream: (stream) => reading(() => eventsOf(readStream.all(streamKey(stream)))),
    readAll: (after, limit) => reading(() => forwardsFrom(readAll, startOf(after), limit)),
    readAllClear: (after, limit) =>
      reading(() => forwardsFrom(readAllClear, startOf(after), limit)),
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
 * Opens a log that exists for reading alone, on the calling thread, for who follows or judges it.
 * @param onDamage for a judge, who wants to read on: told of each event that was changed since it
 * was written, and gaps are read over. Without it such a log is an `Outage`
 * @throws IncompatibleDatabase when the file is no log of this version
 */
export async function openSqliteEventReader({
  path,
  onDamage,
}: {
  readonly path: string
  readonly onDamage?: OnDamage
}): Promise<EventReader & { close(): Promise<void> }> {
  const database = openReading(path, logFile)
  let isOpen = true
  return {
    ...readEvents(database, onDamage),
    close: async () => {
      if (isOpen) database.close()
      isOpen = false
    },
  }
}
