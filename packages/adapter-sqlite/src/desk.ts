import type { DatabaseSync } from 'node:sqlite'
import type { EventId, Position, SubjectId } from '@ledger/domain'
import type {
  Attempt,
  Decision,
  Desk,
  KeptBody,
  ParkedEvent,
  ReviewFile,
  StoredKey,
} from '@ledger/ledger'
import { openReading, prepareDatabase } from './database.ts'
import type { DeskRequest } from './desk-writes.ts'
import { deskFile } from './file-kind.ts'
import { reading } from './reading.ts'
import { uuidBytes, uuidText } from './uuid-bytes.ts'
import { openWriter } from './writer.ts'

type AttemptRow = readonly [number, Uint8Array | null, Uint8Array | null, string, string | null]
type ReviewRow = readonly [
  id: string,
  at: number,
  kind: string,
  subject: string | null,
  eventId: string | null,
  decision: string | null,
  decidedAt: number,
  decidedBy: string,
  decidedEventId: string | null,
]
type BodyRow = readonly [string, number, string, Uint8Array]
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

const reviewOf = (row: ReviewRow): ReviewFile => {
  const [id, at, kind, subject, eventId, decision, decidedAt, decidedBy, decidedEventId] = row
  return {
    id,
    at,
    kind: kind as ReviewFile['kind'],
    subject: subject as SubjectId | null,
    eventId: eventId as EventId | null,
    decided:
      decision === null
        ? null
        : {
            decision: decision as Decision['decision'],
            at: decidedAt,
            by: decidedBy,
            eventId: decidedEventId as EventId | null,
          },
  }
}

const bodyOf = ([id, at, source, sealed]: BodyRow): KeptBody => ({ id, at, source, sealed })

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

type DeskReader = Pick<
  Desk,
  'attemptsOf' | 'review' | 'reviews' | 'keptBody' | 'parkedAt' | 'parked' | 'keys'
>

const reviewColumns = `id, at, kind, subject, event_id,
  decision, decided_at, decided_by, decided_event_id`
const parkedColumns = 'position, stream, event_id, reason, attempts, parked_at'

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
  const reviewsThat = (condition: string) =>
    prepare(
      `SELECT ${reviewColumns} FROM reviews
       WHERE ${condition}
         AND number >
           CASE WHEN ?1 IS NULL THEN 0 ELSE (SELECT number FROM reviews WHERE id = ?1) END
       ORDER BY number LIMIT ?2`,
    )
  const reviews = {
    open: reviewsThat('decision IS NULL'),
    decided: reviewsThat('decision IS NOT NULL'),
  }
  const review = prepare(`SELECT ${reviewColumns} FROM reviews WHERE id = ?`)
  const body = prepare('SELECT id, at, source, sealed FROM bodies WHERE id = ?')
  const parked = prepare(
    `SELECT ${parkedColumns} FROM parked_events WHERE position > ? ORDER BY position LIMIT ?`,
  )
  const parkedAt = prepare(`SELECT ${parkedColumns} FROM parked_events WHERE position = ?`)
  const keys = prepare(
    `SELECT id, name, secret_hash, scopes, sources, created_at, expires_at, revoked_at FROM keys
     ORDER BY created_at, id`,
  )
  const rows = <Row>(found: unknown): readonly Row[] => found as readonly Row[]
  return {
    attemptsOf: (subject) =>
      reading(() => rows<AttemptRow>(attempts.all(uuidBytes(subject), attemptsMax)).map(attemptOf)),
    review: (id) =>
      reading(() => {
        const [found] = rows<ReviewRow>(review.all(id))
        return found === undefined ? null : reviewOf(found)
      }),
    reviews: (after, limit, status) =>
      reading(() => rows<ReviewRow>(reviews[status].all(after, limit)).map(reviewOf)),
    keptBody: (id) => reading(() => rows<BodyRow>(body.all(id)).map(bodyOf)[0] ?? null),
    parkedAt: (position) =>
      reading((): ParkedEvent | null => {
        const [found] = rows<ParkedRow>(parkedAt.all(position))
        return found === undefined ? null : parkedOf(found)
      }),
    parked: (limit, after = null) =>
      reading((): readonly ParkedEvent[] =>
        rows<ParkedRow>(parked.all(after ?? '', limit)).map(parkedOf),
      ),
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
    keepBody: ({ id, at, source, sealed }) =>
      // A copy: a message would carry the whole slab of a pooled Buffer.
      write(['body', id, at, source, new Uint8Array(sealed)]),
    decideReview: (id, { decision, at, by, eventId }) =>
      write(['decide', id, decision, at, by, eventId]),
    unpark: (position) => write(['unpark', position]),
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
