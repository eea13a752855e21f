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
  readonly kind: 'unparsable-address' | 'parked-event' | 'intent-suspected'
  readonly subject: SubjectId | null
  readonly eventId: EventId | null
}

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
  reviews(after: string | null, limit: number): Promise<readonly Review[]>
  /** Adds or updates a parked event, found by its position. */
  park(parked: ParkedEvent): Promise<void>
  parked(limit: number): Promise<readonly ParkedEvent[]>
  /** Adds a key, or replaces the one of the same id. */
  putKey(key: StoredKey): Promise<void>
  keys(): Promise<readonly StoredKey[]>
  /** True once a write has failed in a way that may lie: nothing is written until a restart. */
  isWriteStopped(): boolean
  close(): Promise<void>
}
