import type { DatabaseSync } from 'node:sqlite'
import type { EventId, Position, SubjectId } from '@ledger/domain'
import type { Attempt, Desk, ParkedEvent, Review, StoredKey } from '@ledger/ledger'
import { openReading, prepareDatabase } from './database.ts'
import type { DeskRequest } from './desk-writes.ts'
import { deskFile } from './file-kind.ts'
import { reading } from './reading.ts'
import { uuidBytes, uuidText } from './uuid-bytes.ts'
import { openWriter } from './writer.ts'

type AttemptRow = readonly [number, Uint8Array | null, Uint8Array | null, string, string | null]
type ReviewRow = readonly [string, number, string, string | null, string | null]
type ParkedRow = readonly [string, string, string, string, number, number]
type KeyRow = readonly [
  string,
  string,
  Uint8Array,
  string,
  string | null,
  number,
  number | null,
  number | null,
]

const attemptOf = ([at, subject, eventId, outcome, code]: AttemptRow): Attempt => ({
  at,
  subject: subject === null ? null : (uuidText(subject) as SubjectId),
  eventId: eventId === null ? null : (uuidText(eventId) as EventId),
  outcome: outcome as Attempt['outcome'],
  code,
})

const reviewOf = ([id, at, kind, subject, eventId]: ReviewRow): Review => ({
  id,
  at,
  kind: kind as Review['kind'],
  subject: subject as SubjectId | null,
  eventId: eventId as EventId | null,
})

const parkedOf = ([position, stream, eventId, reason, attempts, parkedAt]: ParkedRow) => ({
  position: position as Position,
  stream,
  eventId: eventId as EventId,
  reason,
  attempts,
  parkedAt,
})

const keyOf = (row: KeyRow): StoredKey => {
  const [id, name, secretHash, scopes, sources, createdAt, expiresAt, revokedAt] = row
  return {
    id,
    name,
    secretHash,
    scopes: JSON.parse(scopes) as string[],
    sources: sources === null ? null : (JSON.parse(sources) as string[]),
    createdAt,
    expiresAt,
    revokedAt,
  }
}

type DeskReader = Pick<Desk, 'attemptsOf' | 'reviews' | 'parked' | 'keys'>

function readDesk(database: DatabaseSync, attemptsMax: number): DeskReader {
  const prepare = (sql: string) => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  const attempts = prepare(
    `SELECT at, subject, event_id, outcome, code FROM attempts
     WHERE subject = ? AND number > (SELECT max(number) FROM attempts) - ?
     ORDER BY number`,
  )
  // After an id that nobody added there is nothing.
  const reviews = prepare(
    `SELECT id, at, kind, subject, event_id FROM reviews
     WHERE number > CASE WHEN ?1 IS NULL THEN 0 ELSE (SELECT number FROM reviews WHERE id = ?1) END
     ORDER BY number LIMIT ?2`,
  )
  const parked = prepare(
    `SELECT position, stream, event_id, reason, attempts, parked_at FROM parked_events
     ORDER BY position LIMIT ?`,
  )
  const keys = prepare(
    `SELECT id, name, secret_hash, scopes, sources, created_at, expires_at, revoked_at FROM keys
     ORDER BY created_at, id`,
  )
  const rows = <Row>(found: unknown): readonly Row[] => found as readonly Row[]
  return {
    attemptsOf: (subject) =>
      reading(() => rows<AttemptRow>(attempts.all(uuidBytes(subject), attemptsMax)).map(attemptOf)),
    reviews: (after, limit) =>
      reading(() => rows<ReviewRow>(reviews.all(after, limit)).map(reviewOf)),
    parked: (limit) =>
      reading((): readonly ParkedEvent[] => rows<ParkedRow>(parked.all(limit)).map(parkedOf)),
    keys: () => reading(() => rows<KeyRow>(keys.all()).map(keyOf)),
  }
}

const attemptsMaxDefault = 1_000_000

/**
 * Opens the desk, creating it when there is none. A power cut may take its last moments.
 * @param options.attemptsMax how many attempts are kept, the newest
 * @throws IncompatibleDatabase when the file is another one, or a newer one
 */
export async function openSqliteDesk({
  path,
  attemptsMax = attemptsMaxDefault,
}: {
  readonly path: string
  readonly attemptsMax?: number
}): Promise<Desk> {
  prepareDatabase(path, deskFile)
  const writer = await openWriter<DeskRequest, null>({ kind: 'desk', path, attemptsMax })
  const database = openReading(path, deskFile)
  const write = async (request: DeskRequest): Promise<void> => {
    await writer.send(request)
  }
  let closed: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await writer.settled()
    database.close()
    await writer.close()
  }
  return {
    ...readDesk(database, attemptsMax),
    addAttempt: ({ at, subject, eventId, outcome, code }) =>
      write(['attempt', at, subject, eventId, outcome, code]),
    addReview: ({ id, at, kind, subject, eventId }) =>
      write(['review', id, at, kind, subject, eventId]),
    park: ({ position, stream, eventId, reason, attempts, parkedAt }) =>
      write(['park', position, stream, eventId, reason, attempts, parkedAt]),
    putKey: (key) =>
      write([
        'key',
        key.id,
        key.name,
        // A copy: a message would carry the whole slab of a pooled Buffer.
        new Uint8Array(key.secretHash),
        JSON.stringify(key.scopes),
        key.sources === null ? null : JSON.stringify(key.sources),
        key.createdAt,
        key.expiresAt,
        key.revokedAt,
      ]),
    isWriteStopped: writer.isStopped,
    close: () => (closed ??= close()),
  }
}
