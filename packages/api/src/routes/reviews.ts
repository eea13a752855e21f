import { formatInstant } from '@ledger/domain'
import type { ReviewFile } from '@ledger/ledger'
import { openReviewed } from '@ledger/ledger'
import type { AppDeps } from '../app-deps.ts'
import { callerOf } from '../authorise.ts'
import { decideReview } from '../decide-review.ts'
import { RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import {
  decidedReviewSchema,
  decisionBodySchema,
  reviewParams,
  reviewsAnswerSchema,
  reviewSchema,
  reviewsQuery,
} from '../schemas/reviews.ts'
import { createTurns } from '../turns.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'ledger' | 'reader' | 'desk' | 'queries' | 'retryParked' | 'logger'>

const tags = ['reviews']

function reviewItem({ id, at, kind, subject, eventId, decided }: ReviewFile) {
  const made = decided === null ? null : { ...decided, at: formatInstant(decided.at) }
  return { id, at: formatInstant(at), kind, subject, eventId, decided: made }
}

async function knownReview({ desk }: Pick<Deps, 'desk'>, id: string): Promise<ReviewFile> {
  const review = await desk.review(id)
  if (review === null) throw new RequestRefused('unknown-review')
  return review
}

/** `/v1/reviews`: what a person must look at and decide. */
export function reviewRoutes(app: ZodApp, deps: Deps): void {
  // Each decision rests on the one before it: two at once, and the list might tell the weaker one.
  const inTurn = createTurns()
  addReviewReads(app, deps)

  app.post(
    '/v1/reviews/:id',
    {
      schema: {
        summary: 'Decide a review; the same decision again changes nothing',
        description:
          'A suspected intent: `opt-out` or `not-opt-out`. An unparsable address: `address`, ' +
          'under which the opt-out is then recorded, or `dismissed`. A parked event: `retry` or ' +
          '`keep-held`. An inferred opt-out: `opt-out` or `not-opt-out`. An unreadable body: ' +
          '`dismissed`.',
        tags,
        params: reviewParams,
        body: decisionBodySchema,
        response: answers(decidedReviewSchema),
      },
    },
    async (request, reply) => {
      const { body, params } = request
      const { keyId } = callerOf(request)
      const { retry, ...decided } = await inTurn(async () =>
        decideReview(deps, await knownReview(deps, params.id), body, keyId),
      )
      deps.logger.info({ review: decided.id, decision: body.decision, by: keyId }, 'review decided')
      return reply.send({ ...reviewItem(decided), ...(retry !== undefined && { retry }) })
    },
  )
}

function addReviewReads(app: ZodApp, deps: Deps): void {
  app.get(
    '/v1/reviews',
    {
      schema: {
        summary:
          'What a person must look at: suspected intents, unparsable addresses, parked events',
        tags,
        querystring: reviewsQuery,
        response: answers(reviewsAnswerSchema),
      },
    },
    async (request, reply) => {
      const { limit, cursor = null, status } = request.query
      const reviews = await deps.desk.reviews(cursor, limit + 1, status)
      const items = reviews.slice(0, limit).map(reviewItem)
      const hasMore = reviews.length > limit
      return reply.send({ items, cursor: hasMore ? (items.at(-1)?.id ?? null) : null })
    },
  )

  app.get(
    '/v1/reviews/:id',
    {
      schema: {
        summary: 'One review with what was said, opened: personal data',
        tags,
        params: reviewParams,
        response: answers(reviewSchema),
      },
    },
    async (request, reply) => {
      const review = await knownReview(deps, request.params.id)
      // Of an event that cannot be applied, or a body that cannot be read, nobody knows where it
      // says what.
      const isOpaque = review.kind === 'parked-event' || review.kind === 'unreadable-body'
      const said = isOpaque ? null : await openReviewed(deps, review)
      deps.logger.info({ review: review.id, by: callerOf(request).keyId }, 'review opened')
      return reply.send({ ...reviewItem(review), said })
    },
  )
}
