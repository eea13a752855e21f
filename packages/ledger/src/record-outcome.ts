import type { EventId, Position, Problem } from '@ledger/domain'

/**
 * What became of a signal.
 * - `recorded`: durable, and counts from now on; `problem` names what of an opt-out could not be
 *   read and was taken in its safest reading.
 * - `duplicate`: the same signal was recorded before; `position` is where.
 * - `quarantined`: durable, but changes nothing; `problem` says what was missing.
 * - `conflict`: the id was used before for something else; an opt-out is recorded all the same,
 *   under an id of its own.
 * - `invalid`: nothing was recorded; `problem` says why.
 */
export type RecordOutcome = {
  readonly outcome: 'recorded' | 'duplicate' | 'quarantined' | 'conflict' | 'invalid'
  readonly eventId?: EventId
  readonly position?: Position
  /** True for a repeat about somebody who was erased since: nothing was compared or revived. */
  readonly erased?: boolean
  readonly problem?: Problem
}
