import type { ClassifyContext, Decided } from './classify.ts'
import { classify } from './classify.ts'
import type { SubjectEvent } from './events.ts'
import type { Signal } from './signal.ts'

/** How an opt-out is known that nobody sent: a provider refused a message for an older one. */
export const sendFailureMethod = 'send-failure'

/**
 * True for an opt-out that a failed send gives away when nobody knows when that message was
 * submitted: whether it is older than a START, only the subject's stream can tell.
 */
export const isUndatedInference = ({ action, method, claimedAt, addresses }: Signal): boolean =>
  action === 'opt-out' &&
  method === sendFailureMethod &&
  claimedAt === undefined &&
  addresses.length === 1

/**
 * P19: an opt-out inferred from a failed send counts from its recording, unless the provider itself
 * confirmed a START shortly before: then the message may have been older than that, and what
 * failed is noted as a block, for a person to look at. The caller appends the answer at the
 * revision it read.
 */
export function decideInferredOptOut(
  signal: Signal,
  events: readonly SubjectEvent[],
  context: ClassifyContext,
): Decided {
  const decided = classify({ ...signal, action: 'opt-out' }, context)
  const [first] = decided
  if (first.type !== 'OptedOut') return decided
  const since = context.recordedAt - context.policy.confirmedStartMicros
  const voids = new Set(
    events.flatMap(({ type, data }) => (type === 'Corrected' ? data.voids : [])),
  )
  const isConfirmedStart = (event: SubjectEvent): boolean =>
    event.type === 'OptedIn' &&
    event.data.actor === 'provider' &&
    event.data.scope === signal.scope &&
    event.data.effectiveAt >= since &&
    !voids.has(event.id)
  return events.some(isConfirmedStart) ? [{ type: 'SendBlocked', data: first.data }] : decided
}
