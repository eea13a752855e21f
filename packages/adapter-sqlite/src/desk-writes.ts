import type { DatabaseSync } from 'node:sqlite'
import { uuidBytes } from './uuid-bytes.ts'
import type { Writes } from './write-group.ts'

export type DeskRequest =
  | readonly [
      'attempt',
      at: number,
      subject: string | null,
      eventId: string | null,
      outcome: string,
      code: string | null,
    ]
  | readonly [
      'review',
      id: string,
      at: number,
      kind: string,
      subject: string | null,
      eventId: string | null,
    ]
  | readonly ['body', id: string, at: number, source: string, sealed: Uint8Array]
  | readonly [
      'decide',
      id: string,
      decision: string,
      at: number,
      by: string,
      eventId: string | null,
    ]
  | readonly ['unpark', position: string]
  | readonly [
      'park',
      position: string,
      stream: string,
      eventId: string,
      reason: string,
      attempts: number,
      parkedAt: number,
    ]
  | readonly [
      'key',
      id: string,
      name: string,
      secretHash: Uint8Array,
      scopes: string,
      sources: string | null,
      createdAt: number,
      expiresAt: number | null,
      revokedAt: number | null,
    ]

const sql = {
  attempt: `INSERT INTO attempts (at, subject, event_id, outcome, code) VALUES (?, ?, ?, ?, ?)`,
  review: `INSERT INTO reviews (id, at, kind, subject, event_id) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (id) DO NOTHING`,
  body: `INSERT INTO bodies (id, at, source, sealed) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO NOTHING`,
  // Few are ever kept, so each one looks whether the oldest must go.
  trimBodies: 'DELETE FROM bodies WHERE number <= (SELECT max(number) FROM bodies) - ?',
  decide: `UPDATE reviews SET decision = ?2, decided_at = ?3, decided_by = ?4,
             decided_event_id = ?5
           WHERE id = ?1`,
  unpark: `DELETE FROM parked_events WHERE position = ?`,
  park: `INSERT INTO parked_events (position, stream, event_id, reason, attempts, parked_at)
         VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (position) DO UPDATE SET
           stream = excluded.stream, event_id = excluded.event_id, reason = excluded.reason,
           attempts = excluded.attempts, parked_at = excluded.parked_at`,
  key: `INSERT INTO keys
          (id, name, secret_hash, scopes, sources, created_at, expires_at, revoked_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
          name = excluded.name, secret_hash = excluded.secret_hash, scopes = excluded.scopes,
          sources = excluded.sources, created_at = excluded.created_at,
          expires_at = excluded.expires_at, revoked_at = excluded.revoked_at`,
} as const

/** How many bodies that nobody could read are kept: the port says so. */
const bodiesMax = 1_000

/**
 * What the desk's thread can do.
 * @param attemptsMax how many attempts are kept; older ones are deleted in bulk, so up to a
 *   thousandth more of them may lie in the file
 */
export function deskWrites(database: DatabaseSync, attemptsMax: number): Writes<DeskRequest, null> {
  const addAttempt = database.prepare(sql.attempt)
  const keepBody = database.prepare(sql.body)
  const trimBodies = database.prepare(sql.trimBodies)
  const plainly = {
    review: database.prepare(sql.review),
    decide: database.prepare(sql.decide),
    park: database.prepare(sql.park),
    unpark: database.prepare(sql.unpark),
    key: database.prepare(sql.key),
  }
  const countAttempts = database.prepare(
    'SELECT max(number) - min(number) + 1 AS number FROM attempts',
  )
  const trimAttempts = database.prepare(
    'DELETE FROM attempts WHERE number <= (SELECT max(number) FROM attempts) - ?',
  )
  const bytesOrNull = (uuid: string | null) => (uuid === null ? null : uuidBytes(uuid))
  const attemptsKept = attemptsMax + Math.floor(attemptsMax / 1_000)
  let hasAttempts = false

  return {
    begin: () => {
      hasAttempts = false
    },
    run: (request) => {
      if (request[0] === 'attempt') {
        const [, at, subject, eventId, outcome, code] = request
        addAttempt.run(at, bytesOrNull(subject), bytesOrNull(eventId), outcome, code)
        hasAttempts = true
        return null
      }
      if (request[0] === 'body') {
        const [, ...values] = request
        keepBody.run(...values)
        trimBodies.run(bodiesMax)
        return null
      }
      const [what, ...values] = request
      plainly[what].run(...values)
      return null
    },
    end: () => {
      if (!hasAttempts) return
      if (Number(countAttempts.get()?.['number']) > attemptsKept) trimAttempts.run(attemptsMax)
    },
  }
}
