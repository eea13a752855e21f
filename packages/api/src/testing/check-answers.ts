import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import * as z from 'zod'
import { problemSchema } from '../schemas/problems.ts'

const isSchema = (value: unknown): value is z.ZodType => value instanceof z.ZodType

/**
 * Holds every answer of an app to the schema its door declares, exactly: nothing missing, nothing
 * more. The doors do not pay for that themselves; the tests do. A breach becomes an answer of 500.
 */
export function checkAnswers(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const declared = (route.schema?.response ?? {}) as Readonly<Record<string, unknown>>
    route.onSend = [
      ...[route.onSend ?? []].flat(),
      async (_request, reply, payload) => {
        const type = String(reply.getHeader('content-type') ?? '')
        if (typeof payload !== 'string' || !type.includes('json')) return payload
        const isProblem = type.startsWith('application/problem+json')
        const status = String(reply.statusCode)
        const own = declared[status] ?? declared[`${status.slice(0, 1)}xx`]
        const schema = isProblem ? problemSchema : own
        if (!isSchema(schema)) return payload
        // zod leaves out a key of this name, which a caller may have for an id.
        const answer: unknown = JSON.parse(payload.replaceAll('"__proto__"', '"proto"'))
        const parsed = schema.parse(answer)
        if (!isDeepStrictEqual(parsed, answer)) {
          throw new Error(`${route.url} answers other fields than it declares: ${payload}`)
        }
        return payload
      },
    ]
  })
}
