import type { DatabaseSync } from 'node:sqlite'
import { constants } from 'node:sqlite'
import { bytesOf } from './binary.ts'
import { openWriting } from './database.ts'
import { logFile } from './file-kind.ts'
import { streamKey } from './stream-key.ts'
import { uuidBytes } from './uuid-bytes.ts'
import type { Writes } from './write-group.ts'

/** An event on its way to the thread: its data as JSON, its sealed bytes as text. */
export type SentEvent = readonly [
  id: string,
  type: string,
  schemaVersion: number,
  recordedAt: number,
  data: string,
  sealed: string | null,
]

/** An append on its way to the thread; the expected revision is -1 for no stream. */
export type AppendRequest = readonly [
  stream: string,
  expected: number | null,
  events: readonly SentEvent[],
]

/** Where an event stands: the number of its position, its revision, and whether it was there. */
export type SentPlace = readonly [number: number, revision: number, wasThere: boolean]

/** The places of an append's events, or the revision at which the stream is instead. */
export type AppendReply = readonly SentPlace[] | number

const allowed = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_TRANSACTION,
  constants.SQLITE_SAVEPOINT,
])

const allowedPragmas = new Set(['busy_timeout', 'wal_checkpoint'])

/**
 * Opens the log for writing. From here on the connection can read and insert and nothing else:
 * triggers stop UPDATE, DELETE and REPLACE, but DROP TRIGGER would pass by them.
 */
export function openLogWriting(path: string): DatabaseSync {
  const database = openWriting(path, logFile)
  database.setAuthorizer((action, subject) => {
    const isAllowed =
      allowed.has(action) ||
      (action === constants.SQLITE_INSERT && subject === 'events') ||
      (action === constants.SQLITE_PRAGMA && allowedPragmas.has(subject ?? ''))
    return isAllowed ? constants.SQLITE_OK : constants.SQLITE_DENY
  })
  return database
}

/** What the log's thread can do: append. */
export function logWrites(database: DatabaseSync): Writes<AppendRequest, AppendReply> {
  const readLast = database.prepare(
    'SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1',
  )
  const readRevision = database.prepare(
    'SELECT revision FROM events WHERE stream = ? ORDER BY revision DESC LIMIT 1',
  )
  const find = database.prepare(
    'SELECT position, revision FROM events WHERE stream = ? AND event_id = ?',
  )
  const insert = database.prepare(
    `INSERT INTO events
       (position, stream, revision, event_id, type, schema_version, recorded_at, data, sealed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  for (const statement of [readLast, readRevision, find]) statement.setReturnArrays(true)
  const rowOf = (statement: typeof find, ...key: (string | Uint8Array)[]) =>
    statement.get(...key) as unknown as readonly [number, number] | undefined

  let last = 0
  let lastRecordedAt = 0
  /** The last event this thread wrote. When the log ends elsewhere, another writer has been there. */
  let lastOwn = 0

  return {
    begin: () => {
      const [position, recordedAt] = rowOf(readLast) ?? [0, 0]
      last = position
      lastRecordedAt = position === lastOwn ? recordedAt : 0
    },
    run: ([stream, expected, events]) => {
      const key = streamKey(stream)
      let revision = rowOf(readRevision, key)?.[0] ?? -1
      if (expected !== null && expected !== revision) return revision
      let position = last
      let stampedAt = lastRecordedAt
      const places: SentPlace[] = []
      for (const [id, type, schemaVersion, recordedAt, data, sealed] of events) {
        const eventId = uuidBytes(id)
        const found = revision < 0 ? undefined : rowOf(find, key, eventId)
        if (found !== undefined) {
          places.push([found[0], found[1], true])
          continue
        }
        // Stamps are drawn in the order of the appends, and these are written in that order.
        if (recordedAt <= stampedAt) {
          throw new Error(`expected an event recorded after ${stampedAt}, found ${recordedAt}`)
        }
        position += 1
        revision += 1
        stampedAt = recordedAt
        const sealedBytes = sealed === null ? null : bytesOf(sealed)
        insert.run(
          position,
          key,
          revision,
          eventId,
          type,
          schemaVersion,
          recordedAt,
          data,
          sealedBytes,
        )
        places.push([position, revision, false])
      }
      last = position
      lastRecordedAt = stampedAt
      return places
    },
    end: () => {
      lastOwn = last
    },
  }
}
