import type { Micros } from './instant.ts'
import { clampInstant } from './instant.ts'
import type { Clock, Policy } from './policy.ts'

/** What a signal says of time, and when it was recorded. */
export type Claim = {
  readonly clock: Clock
  readonly claimedAt?: Micros | undefined
  /** The sender's own clock when it sent; stamped anew for every retry. */
  readonly sentAt?: Micros | undefined
  readonly recordedAt: Micros
  /** The source's longest delivery delay, for messages without a time of their own. */
  readonly deliveryDelayMicrosMax?: Micros | undefined
  /** How far the clock that stamped `recordedAt` may have been ahead of the time. */
  readonly clockDoubtMicros?: Micros | undefined
}

/**
 * When the act took effect: the claimed time, for a device corrected by its own skew
 * (`recordedAt - sentAt`, in-person facts section 5), never later than recorded.
 */
export function effectiveAt(claim: Claim): Micros {
  const { clock, claimedAt, sentAt, recordedAt } = claim
  if (claimedAt === undefined) return recordedAt
  const hasThreeStamps = clock === 'device' && sentAt !== undefined && sentAt >= claimedAt
  const corrected = hasThreeStamps ? claimedAt + (recordedAt - sentAt) : claimedAt
  // A nonsense `sentAt` centuries ahead would correct the claim out of the range of safe integers.
  return clampInstant(Math.min(corrected, recordedAt))
}

/**
 * The earliest plausible moment of an opt-in or a request: every doubt falls to the opt-out.
 * Whether a device's correction holds is such a doubt: a `sentAt` stamped when the item was queued
 * makes an old act look new (in-person facts section 5, trap 1), so the claim counts where it is
 * the earlier. Whether our own clock was set wrongly is another: by one that is ahead, an act
 * without a time of its own would look newer than a STOP sent after it under a right clock.
 */
export function earliestMoment(claim: Claim, policy: Policy): Micros {
  const clockMargin = policy.clockMarginMicros[claim.clock]
  const at = effectiveAt(claim)
  if (claim.claimedAt !== undefined)
    return clampInstant(Math.min(at, claim.claimedAt) - clockMargin)
  const { deliveryDelayMicrosMax = 0, clockDoubtMicros = 0 } = claim
  return clampInstant(at - clockDoubtMicros - Math.max(clockMargin, deliveryDelayMicrosMax))
}

/**
 * The latest plausible moment of an opt-out or an end: its own time where a provider or server
 * signed a plausible one, else its recording. A claim further back than the policy allows counts
 * from its recording.
 */
export function latestMoment(claim: Claim, policy: Policy): Micros {
  const { clock, claimedAt, recordedAt } = claim
  const isTrusted = claimedAt !== undefined && (clock === 'provider' || clock === 'server')
  const at = effectiveAt(claim)
  const isPlausible = recordedAt - at <= policy.optOutClaimAgeMicrosMax
  return isTrusted && isPlausible ? at : recordedAt
}
