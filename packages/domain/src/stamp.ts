import type { EventId } from './identifiers.ts'
import type { Micros } from './instant.ts'
import type { RuleId } from './policy.ts'

/**
 * One act in a register. Order is `(bound, eventId)`; the other fields are carried along, so equal
 * ids always carry equal fields.
 */
export type Stamp = {
  /** An opt-in's earliest plausible moment, an opt-out's latest. */
  readonly bound: Micros
  readonly eventId: EventId
  readonly effectiveAt: Micros
  readonly ruleId: RuleId
  /** The grant's `validUntil` or the request's `expiresAt`, fixed when written. */
  readonly until?: Micros
}

/** The greater of two stamps by `(bound, eventId)`; absent is least. */
export function latest(a: Stamp | undefined, b: Stamp | undefined): Stamp | undefined {
  if (a === undefined) return b
  if (b === undefined) return a
  if (a.bound !== b.bound) return a.bound > b.bound ? a : b
  return a.eventId >= b.eventId ? a : b
}

/**
 * True when `a` is strictly later than `b`, so that a tie is an opt-out (P7). Absent `b` is
 * earliest.
 */
export function isLater(a: Stamp, b: Stamp | undefined): boolean {
  return b === undefined || a.bound > b.bound
}

/** True when a stamp's time has run out at `at`. */
export function isRunOut(stamp: Stamp, at: Micros): boolean {
  return stamp.until !== undefined && stamp.until <= at
}
