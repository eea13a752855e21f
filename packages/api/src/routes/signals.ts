import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import { callerOf } from '../authorise.ts'
import { parseJsonText, refuseEncoded } from '../body-parsers.ts'
import { bodyBytesMax, itemsMax } from '../limits.ts'
import { invalidRequest, RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import { signalsAnswerSchema, signalsBodySchema } from '../schemas/signals.ts'
import type { SignalDesk } from '../take-signals.ts'
import { readItem } from '../take-signals.ts'
import type { ZodApp } from '../zod-app.ts'

/** What was sent, before anybody has looked at its items. */
type SignalsBody = { readonly sent: unknown; readonly isUtf8: boolean }

type Expected = 'one' | 'batch' | 'either'

const mediaTypes: readonly (readonly [string, Expected])[] = [
  ['application/json', 'either'],
  ['application/cloudevents+json', 'one'],
  ['application/cloudevents-batch+json', 'batch'],
]

function readBody(request: FastifyRequest, body: Buffer, expected: Expected): SignalsBody {
  refuseEncoded(request.headers['content-encoding'])
  const sent = parseJsonText(body.toString('utf8'))
  if (sent === null || typeof sent !== 'object') {
    throw invalidRequest('body', 'expected a CloudEvent or an array of them')
  }
  const isBatch = Array.isArray(sent)
  if (isBatch && expected === 'one') throw invalidRequest('body', 'expected one CloudEvent')
  if (!isBatch && expected === 'batch') throw invalidRequest('body', 'expected an array')
  if (isBatch && sent.length > itemsMax.signals) throw new RequestRefused('too-many-items')
  return { sent, isUtf8: isUtf8(body) }
}

/** `POST /v1/signals`: what producers say. */
export function signalRoutes(app: ZodApp, desk: SignalDesk): void {
  app.removeAllContentTypeParsers()
  for (const [mediaType, expected] of mediaTypes) {
    app.addContentTypeParser<Buffer>(mediaType, { parseAs: 'buffer' }, (request, body, done) => {
      try {
        done(null, readBody(request, body, expected))
      } catch (error) {
        done(error as Error)
      }
    })
  }

  app.post(
    '/v1/signals',
    {
      bodyLimit: bodyBytesMax.signals,
      schema: {
        summary: 'Record opt-in and opt-out signals',
        tags: ['intake'],
        consumes: mediaTypes.map(([mediaType]) => mediaType),
        body: signalsBodySchema,
        response: answers(signalsAnswerSchema),
      },
      // Each item is read by the law itself, which never fails a neighbour.
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const body = request.body as unknown as SignalsBody | undefined
      if (body === undefined) throw invalidRequest('body', 'expected a CloudEvent')
      const caller = callerOf(request)
      const { sent } = body
      const answer = Array.isArray(sent)
        ? {
            results: await desk.recordAll(
              sent.map((each) => readItem(each, body.isUtf8)),
              caller,
            ),
          }
        : await desk.recordOne(readItem(sent, body.isUtf8), caller)
      return reply.send(answer)
    },
  )
}
