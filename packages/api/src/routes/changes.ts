import type { FastifyReply, FastifyRequest } from 'fastify'
import { formatInstant } from '@ledger/domain'
import { Outage } from '@ledger/ledger'
import type { ChangeRow } from '@ledger/read-models'
import { freshnessOf } from '@ledger/read-models'
import { freshnessAnswer, stateAnswer } from '../answers.ts'
import type { AppDeps } from '../app-deps.ts'
import { streamChanges } from '../change-stream.ts'
import { stream } from '../limits.ts'
import { changeCursorText, ownChangeCursor } from '../own-position.ts'
import type { Change } from '../schemas/changes.ts'
import { changesAnswerSchema, changesQuery } from '../schemas/changes.ts'
import { answers } from '../schemas/problems.ts'
import { securityHeaders } from '../security-headers.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'queries' | 'readModel' | 'reader' | 'keys' | 'logger'>

const changeOf = (row: ChangeRow): Change => {
  const { at, subject, group, previousState } = row
  const cursor = changeCursorText(row)
  return { cursor, at: formatInstant(at), subject, group, previousState, ...stateAnswer(row) }
}

async function readChanges(
  { readModel, reader }: Deps,
  after: string | null,
  limit: number,
  field: string,
): Promise<readonly Change[]> {
  const from = after === null ? null : ownChangeCursor(after, reader.logId, field)
  return (await readModel.changes(from, limit)).map(changeOf)
}

const readFreshness = async ({ readModel, queries }: Deps) =>
  freshnessOf(await readModel.checkpoint(), queries.now())

/** Keeps count of the open streams and ends them all when the app closes. */
function openStreams(app: ZodApp, deps: Deps) {
  const closing = new AbortController()
  const open = new Set<Promise<void>>()
  // Before the server waits for its connections: a stream would keep it waiting.
  app.addHook('preClose', async () => {
    closing.abort()
    await Promise.allSettled(open)
  })

  return (request: FastifyRequest, reply: FastifyReply, after: string | null): void => {
    const { authorization } = request.headers
    reply.hijack()
    reply.raw.writeHead(200, {
      ...securityHeaders,
      'content-type': 'text/event-stream; charset=utf-8',
      // Told to proxies: changes are worth something only now.
      'x-accel-buffering': 'no',
    })
    const source = {
      read: (from: string | null) => readChanges(deps, from, stream.pageSize, 'last-event-id'),
      heartbeat: async () => {
        // A key that was revoked meanwhile hears no more.
        if (deps.keys.callerOf(authorization) === null) return null
        const { asOf, lagMs } = await readFreshness(deps)
        return `as of ${formatInstant(asOf)}, ${lagMs} ms behind`
      },
    }
    const { signal } = closing
    const streaming = streamChanges({ response: reply.raw, source, after, closing: signal }).catch(
      (error: unknown) => deps.logger.warn({ err: error }, 'a stream of changes ended early'),
    )
    open.add(streaming)
    void streaming.finally(() => open.delete(streaming))
  }
}

/** `GET /v1/changes`: every change of state, in order, resumable. */
export function changeRoutes(app: ZodApp, deps: Deps): void {
  const streams = openStreams(app, deps)
  let streamCount = 0

  app.get(
    '/v1/changes',
    {
      // A stream without a body would never end.
      exposeHeadRoute: false,
      schema: {
        summary: 'The feed of state changes, in order, resumable',
        description:
          'A page; or, with `Accept: text/event-stream`, a stream of events `change` whose ids ' +
          'are cursors. It goes on after `Last-Event-ID`.',
        tags: ['query'],
        querystring: changesQuery,
        response: answers(changesAnswerSchema),
      },
    },
    async (request, reply) => {
      const { after = null, limit } = request.query
      if (!(request.headers.accept ?? '').includes('text/event-stream')) {
        // The freshness first: what is then read is at least that fresh.
        const freshness = await readFreshness(deps)
        const items = await readChanges(deps, after, limit, 'after')
        const cursor = items.at(-1)?.cursor ?? after
        return reply.send({ items, cursor, freshness: freshnessAnswer(freshness) })
      }
      const lastEventId = request.headers['last-event-id']
      const from = typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : after
      const field = from === after ? 'after' : 'last-event-id'
      if (from !== null) ownChangeCursor(from, deps.reader.logId, field)
      if (streamCount >= stream.openMax) throw new Outage('overloaded')
      streamCount += 1
      reply.raw.once('close', () => {
        streamCount -= 1
      })
      streams(request, reply, from)
      return reply
    },
  )
}
