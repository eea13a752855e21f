import type { EventId, Micros, Position, SubjectId } from '@ledger/domain'

/** A signal that was sent and changed nothing: a repeat, a conflict, a refusal. */
export type Attempt = {
  readonly at: Micros
  readonly subject: SubjectId | null
  readonly eventId: EventId | null
  readonly outcome: 'duplicate' | 'conflict' | 'invalid'
  /** The problem's code; null for a plain duplicate. */
  readonly code: string | null
}

/** Something a person must look at. Holds no personal data, only where it is found. */
export type Review = {
  readonly id: string
  readonly at: Micros
  readonly kind:
    | 'unparsable-address'
    | 'parked-event'
    | 'intent-suspected'
    | 'unreadable-body'
    | 'inferred-opt-out'
  readonly subject: SubjectId | null
  readonly eventId: EventId | null
}

/** A body from a verified source that could not be read; its review has the same id. */
export type KeptBody = {
  readonly id: string
  readonly at: Micros
  /** `<provider>/<name>`, as in the path of the door. */
  readonly source: string
  readonly sealed: Uint8Array
}

/** What somebody decided of a review, as it is kept. */
export type Decision = {
  readonly decision: 'opt-out' | 'not-opt-out' | 'address' | 'dismissed' | 'retry' | 'keep-held'
  readonly at: Micros
  /** The id of the key with which it was decided. */
  readonly by: string
  /** What was recorded on its account; null when nothing was. */
  readonly eventId: EventId | null
}

/** A review, with its decision once there is one. */
export type ReviewFile = Review & { readonly decided: Decision | null }

/** An event the projector could not apply; its subject is held until somebody resolves it. */
export type ParkedEvent = {
  readonly position: Position
  readonly stream: string
  readonly eventId: EventId
  readonly reason: string
  readonly attempts: number
  readonly parkedAt: Micros
}

/** An API key as it is stored: the secret only as its SHA-256. */
export type StoredKey = {
  readonly id: string
  readonly name: string
  readonly secretHash: Uint8Array
  readonly scopes: readonly string[]
  /** The CloudEvent sources the key may speak for; null when any. */
  readonly sources: readonly string[] | null
  readonly createdAt: Micros
  readonly expiresAt: Micros | null
  readonly revokedAt: Micros | null
}

/** What is neither log nor view. All methods reject with an `Outage` when out of reach. */
export interface Desk {
  /** Keeps an attempt; only the newest `attemptsMax` are kept. */
  addAttempt(attempt: Attempt): Promise<void>
  /** The attempts about one subject, oldest first. */
  attemptsOf(subject: SubjectId): Promise<readonly Attempt[]>
  /** Adds a review once; the same id again changes nothing. */
  addReview(review: Review): Promise<void>
  /** Keeps a body once; only the newest 1,000 are kept, 4 MiB each in the worst case. */
  keepBody(body: KeptBody): Promise<void>
  keptBody(id: string): Promise<KeptBody | null>
  /** Keeps what was decided of a review, in the place of an earlier decision. */
  decideReview(id: string, decision: Decision): Promise<void>
  /** One review; null when nobody added it. */
  review(id: string): Promise<ReviewFile | null>
  /** Reviews in the order they were added, after the one of an id: the open or the decided ones. */
  reviews(
    after: string | null,
    limit: number,
    status: 'open' | 'decided',
  ): Promise<readonly ReviewFile[]>
  /** Adds or updates a parked event, found by its position. */
  park(parked: ParkedEvent): Promise<void>
  /** Takes a parked event off the list; one that is not there is no failure. */
  unpark(position: Position): Promise<void>
  /** One parked event; null when none is parked there. */
  parkedAt(position: Position): Promise<ParkedEvent | null>
  /** The parked events in the order of the log, after a position (null: from the first). */
  parked(limit: number, after?: Position | null): Promise<readonly ParkedEvent[]>
  /** Adds a key, or replaces the one of the same id. */
  putKey(key: StoredKey): Promise<void>
  keys(): Promise<readonly StoredKey[]>
  /** True once a write has failed in a way that may lie: nothing is written until a restart. */
  isWriteStopped(): boolean
  close(): Promise<void>
}
