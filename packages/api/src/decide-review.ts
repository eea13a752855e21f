import type { EventId, Position } from '@ledger/domain'
import { normaliseAddress, problemCodes } from '@ledger/domain'
import type { Decision, Finding, ReviewFile } from '@ledger/ledger'
import { recordFinding } from '@ledger/ledger'
import type { AppDeps } from './app-deps.ts'
import { invalidRequest, RequestRefused } from './problem.ts'
import type { DecisionBody } from './schemas/reviews.ts'
import type { RetryAnswer } from './settle-parked.ts'
import { retryAndSettle, settledBefore } from './settle-parked.ts'

type Deps = Pick<AppDeps, 'ledger' | 'reader' | 'desk' | 'queries' | 'retryParked' | 'logger'>
type Decided = Decision['decision']

/** What can be decided of each kind of review, and which of it can no longer be taken back. */
const decisionsOf: Readonly<
  Record<ReviewFile['kind'], { readonly final: Decided; readonly open: Decided }>
> = {
  'intent-suspected': { final: 'opt-out', open: 'not-opt-out' },
  'unparsable-address': { final: 'address', open: 'dismissed' },
  'parked-event': { final: 'retry', open: 'keep-held' },
  'inferred-opt-out': { final: 'opt-out', open: 'not-opt-out' },
  // It is read again by a door of its own; here it can only be put aside.
  'unreadable-body': { final: 'dismissed', open: 'dismissed' },
}

/** The review as it stands after a decision, and what became of a retry. */
export type DecidedReview = ReviewFile & { readonly retry?: RetryAnswer }

/**
 * Carries out what somebody decided of a review. The same decision again changes nothing. One that
 * left things as they were may be changed for the one that acts, so that a hasty "it was none"
 * loses no opt-out; one that has acted stands.
 * @param by the id of the reviewer's key
 * @throws RequestRefused when the decision does not fit the review, or comes too late
 */
export async function decideReview(
  deps: Deps,
  review: ReviewFile,
  body: DecisionBody,
  by: string,
): Promise<DecidedReview> {
  const { final, open } = decisionsOf[review.kind]
  const { decision } = body
  if (decision !== final && decision !== open) {
    throw invalidRequest('decision', `expected ${final} or ${open} for ${review.kind}`)
  }
  const before = review.decided?.decision
  if (before === final && decision === open) throw new RequestRefused('review-decided')
  if (review.kind === 'parked-event') return decideParked(deps, review, decision, by)
  // A second address is recorded as well; everything else was said before.
  if (before === decision && decision !== 'address') return review
  const eventId = await recordDecision(deps, review, body, by)
  return keep(deps, review, { decision, at: deps.queries.now(), by, eventId })
}

async function keep({ desk }: Deps, review: ReviewFile, decided: Decision): Promise<DecidedReview> {
  await desk.decideReview(review.id, decided)
  return { ...review, decided }
}

/** Records what was found; null when that is nothing. */
async function recordDecision(
  deps: Deps,
  review: ReviewFile,
  body: DecisionBody,
  by: string,
): Promise<EventId | null> {
  const finding = findingOf(body)
  if (finding === null) return null
  const outcome = await recordFinding(deps, review, finding, by)
  if (outcome === null) throw new RequestRefused('unknown-subject')
  return outcome.eventId ?? null
}

function findingOf(body: DecisionBody): Finding | null {
  switch (body.decision) {
    case 'opt-out':
    case 'not-opt-out':
      return { decision: body.decision }
    case 'address': {
      const address = normaliseAddress(body.address)
      if (address.isParsable) return { decision: 'address', address }
      throw invalidRequest('address.value', problemCodes['invalid-address'])
    }
    case 'dismissed':
    case 'retry':
    case 'keep-held':
      return null
  }
}

async function decideParked(
  deps: Deps,
  review: ReviewFile,
  decision: Decided,
  by: string,
): Promise<DecidedReview> {
  const { desk, queries } = deps
  const { now } = queries
  if (decision === 'keep-held') {
    if (review.decided?.decision === decision) return review
    return keep(deps, review, { decision, at: now(), by, eventId: null })
  }
  const position = review.id as Position
  const parked = await desk.parkedAt(position)
  const retry =
    parked === null
      ? await settledBefore(desk, position)
      : await retryAndSettle({ ...deps, now }, parked, by)
  // Taken off the list by somebody else in between.
  if (retry === null) throw new RequestRefused('unknown-parked-event')
  return { ...((await desk.review(review.id)) ?? review), retry }
}
