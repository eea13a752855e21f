import type { DatabaseSync } from 'node:sqlite'
import { constants } from 'node:sqlite'
import { bytesOf } from './binary.ts'
import { openWriting } from './database.ts'
import type { ClearEvent } from './row-checksums.ts'
import { eventChecksum } from './row-checksums.ts'
import { logFile } from './file-kind.ts'
import type { StreamKey } from './stream-key.ts'
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

type Statement = ReturnType<DatabaseSync['prepare']>

function prepareStatements(database: DatabaseSync) {
  const row = (sql: string): Statement => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  return {
    last: row('SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1'),
    revision: row('SELECT revision FROM events WHERE stream = ? ORDER BY revision DESC LIMIT 1'),
    find: row('SELECT position, revision FROM events WHERE stream = ? AND event_id = ?'),
    insert: database.prepare(
      `INSERT INTO events
         (position, stream, revision, event_id, type, schema_version, recorded_at, data, sealed,
          checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
  }
}

const getRow = (statement: Statement, ...key: (string | Uint8Array)[]) =>
  statement.get(...key) as unknown as readonly [number, number] | undefined

/** What the log's thread can do: append. */
export function logWrites(database: DatabaseSync): Writes<AppendRequest, AppendReply> {
  const statements = prepareStatements(database)
  /** The end of the log, within the transaction. */
  let last = { position: 0, recordedAt: 0 }
  /** The end this thread wrote. When the log ends elsewhere, another writer has been there. */
  let lastOwn = 0

  const insert = (clear: ClearEvent, key: StreamKey, eventId: Buffer, sealed: string | null) => {
    const { position, revision, type, schemaVersion, recordedAt, data } = clear
    statements.insert.run(
      position,
      key,
      revision,
      eventId,
      type,
      schemaVersion,
      recordedAt,
      data,
      sealed === null ? null : bytesOf(sealed),
      eventChecksum(clear),
    )
  }

  const append = (
    stream: string,
    key: StreamKey,
    lastRevision: number,
    events: readonly SentEvent[],
  ): AppendReply => {
    let { position, recordedAt } = last
    let revision = lastRevision
    const places = events.map((event): SentPlace => {
      const eventId = uuidBytes(event[0])
      const found = revision < 0 ? undefined : getRow(statements.find, key, eventId)
      if (found !== undefined) return [found[0], found[1], true]
      // Stamps are drawn in the order of the appends, and these are written in that order.
      if (event[3] <= recordedAt) {
        throw new Error(`expected an event recorded after ${recordedAt}, found ${event[3]}`)
      }
      position += 1
      revision += 1
      recordedAt = event[3]
      const [id, type, schemaVersion, , data, sealed] = event
      const clear = { position, stream, revision, id, type, schemaVersion, recordedAt, data }
      insert(clear, key, eventId, sealed)
      return [position, revision, false]
    })
    last = { position, recordedAt }
    return places
  }

  return {
    begin: () => {
      const [position, recordedAt] = getRow(statements.last) ?? [0, 0]
      last = { position, recordedAt: position === lastOwn ? recordedAt : 0 }
    },
    run: ([stream, expected, events]) => {
      const key = streamKey(stream)
      const revision = getRow(statements.revision, key)?.[0] ?? -1
      return expected === null || expected === revision
        ? append(stream, key, revision, events)
        : revision
    },
    committed: () => {
      lastOwn = last.position
    },
  }
}
