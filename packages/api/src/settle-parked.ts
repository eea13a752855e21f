import type { Position } from '@ledger/domain'
import type { Decision, ParkedEvent } from '@ledger/ledger'
import type { RetryOutcome } from '@ledger/read-models'
import type { AppDeps } from './app-deps.ts'

const needsNewerVersion =
  'This version of the ledger cannot read it: install one that can, then retry.'

/** What an outcome means to the operator. */
const retryDetails: Readonly<Record<RetryOutcome, string>> = {
  applied: 'It is applied and holds nobody any more.',
  'unknown-type': needsNewerVersion,
  'unknown-version': needsNewerVersion,
  malformed: needsNewerVersion,
  misplaced: 'It stands in a stream where it does not belong; nothing can apply it there.',
  'not-applicable':
    'It can be read, but applying it fails, which is a fault of this version: install a newer one.',
  'needs-rebuild':
    'It can be read now, but groups are what their last event says: rebuild, then retry.',
}

/** What became of a retry. */
export type RetryAnswer = { readonly outcome: RetryOutcome; readonly detail: string }

type Deps = Pick<AppDeps, 'desk' | 'retryParked' | 'logger'> & { readonly now: () => number }

/**
 * Has a parked event tried again. One that is applied leaves the list, and its review is decided;
 * every other one stays parked and its review open.
 * @param by the id of the operator's key
 */
export async function retryAndSettle(
  { desk, retryParked, logger, now }: Deps,
  parked: ParkedEvent,
  by: string,
): Promise<RetryAnswer> {
  const { position, stream, eventId } = parked
  const outcome = await retryParked({ stream, position })
  if (outcome === 'applied') {
    // The review first: a crash in between leaves the event on the list, where a retry finds it.
    const decided: Decision = { decision: 'retry', at: now(), by, eventId }
    await desk.decideReview(position, decided)
    await desk.unpark(position)
  } else {
    await desk.park({ ...parked, reason: outcome, attempts: parked.attempts + 1 })
  }
  logger.info({ position, outcome, by }, 'parked event tried again')
  return { outcome, detail: retryDetails[outcome] }
}

/** The answer about an event that was applied and taken off the list before. */
export async function settledBefore(
  desk: AppDeps['desk'],
  position: Position,
): Promise<RetryAnswer | null> {
  const review = await desk.review(position)
  if (review?.decided?.decision !== 'retry') return null
  return { outcome: 'applied', detail: retryDetails.applied }
}
