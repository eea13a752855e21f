import type { ParkedEvent } from '@ledger/ledger'
import { formatInstant, subjectOfStream } from '@ledger/domain'
import type { AppDeps } from '../app-deps.ts'
import { callerOf } from '../authorise.ts'
import { ownPosition } from '../own-position.ts'
import { RequestRefused } from '../problem.ts'
import {
  parkedAnswerSchema,
  parkedParams,
  parkedQuery,
  retryAnswerSchema,
} from '../schemas/parked.ts'
import { answers } from '../schemas/problems.ts'
import { retryAndSettle, settledBefore } from '../settle-parked.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'desk' | 'reader' | 'queries' | 'retryParked' | 'logger'>

const tags = ['operations']

const parkedItem = ({ position, stream, eventId, reason, attempts, parkedAt }: ParkedEvent) => ({
  ...{ position, stream, subject: subjectOfStream(stream), eventId, reason, attempts },
  parkedAt: formatInstant(parkedAt),
})

/** `/v1/parked`: events that could not be applied and hold their subjects. */
export function parkedRoutes(app: ZodApp, deps: Deps): void {
  const { desk, reader, queries } = deps
  app.get(
    '/v1/parked',
    {
      schema: {
        summary: 'The events that could not be applied, in the order of the log',
        tags,
        querystring: parkedQuery,
        response: answers(parkedAnswerSchema),
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const after = cursor === undefined ? null : ownPosition(cursor, reader.logId, 'cursor')
      const rows = await desk.parked(limit + 1, after)
      const items = rows.slice(0, limit).map(parkedItem)
      const hasMore = rows.length > limit
      return reply.send({ items, cursor: hasMore ? (items.at(-1)?.position ?? null) : null })
    },
  )

  app.post(
    '/v1/parked/:position/retry',
    {
      schema: {
        summary: 'Try a parked event again; when it applies, the hold of its subject ends',
        tags,
        params: parkedParams,
        response: answers(retryAnswerSchema),
      },
    },
    async (request, reply) => {
      const position = ownPosition(request.params.position, reader.logId, 'position')
      const parked = await desk.parkedAt(position)
      if (parked === null) {
        const settled = await settledBefore(desk, position)
        if (settled === null) throw new RequestRefused('unknown-parked-event')
        return reply.send({ position, ...settled })
      }
      const { keyId } = callerOf(request)
      const { now } = queries
      return reply.send({ position, ...(await retryAndSettle({ ...deps, now }, parked, keyId)) })
    },
  )
}
