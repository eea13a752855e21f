import { formatInstant } from '@ledger/domain'
import type { AppDeps } from '../app-deps.ts'
import { answers } from '../schemas/problems.ts'
import { reviewsAnswerSchema, reviewsQuery } from '../schemas/reviews.ts'
import type { ZodApp } from '../zod-app.ts'

/** `GET /v1/reviews`: what a person must look at. */
export function reviewRoutes(app: ZodApp, { desk }: Pick<AppDeps, 'desk'>): void {
  app.get(
    '/v1/reviews',
    {
      schema: {
        summary:
          'What a person must look at: suspected intents, unparsable addresses, parked events',
        tags: ['operations'],
        querystring: reviewsQuery,
        response: answers(reviewsAnswerSchema),
      },
    },
    async (request, reply) => {
      const { limit, cursor = null } = request.query
      const reviews = await desk.reviews(cursor, limit + 1)
      const items = reviews.slice(0, limit).map(({ id, at, kind, subject, eventId }) => {
        return { id, at: formatInstant(at), kind, subject, eventId }
      })
      const hasMore = reviews.length > limit
      return reply.send({ items, cursor: hasMore ? (items.at(-1)?.id ?? null) : null })
    },
  )
}
