import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Disbelief, Provider, Source } from '@ledger/sources'
import { providers } from '@ledger/sources'
import type { AppDeps } from '../app-deps.ts'
import { takeAnyBody } from '../body-parsers.ts'
import { bodyBytesMax } from '../limits.ts'
import { RequestRefused } from '../problem.ts'
import type { FailureCode } from '../problem-table.ts'
import { answers } from '../schemas/problems.ts'
import {
  providerAnswerSchema,
  providerParams,
  replayAnswerSchema,
  replayParams,
} from '../schemas/sources.ts'
import { openSourceDesk } from '../source-desk.ts'
import { rawRequestOf } from '../raw-request-of.ts'
import type { SignalDesk } from '../take-signals.ts'
import type { ZodApp } from '../zod-app.ts'

const failureOfDisbelief: Readonly<Record<Disbelief, FailureCode>> = {
  unsigned: 'unsigned-message',
  forged: 'forged-message',
  'come-again': 'signature-needed',
}

type Params = { readonly provider: string; readonly name: string }

/** `POST` and `GET /sources/:provider/:name`: webhooks in each provider's own format. */
export function providerRoutes(app: ZodApp, deps: AppDeps, signals: SignalDesk): void {
  const byPath = new Map(
    (deps.sources ?? []).map((source) => [`${source.provider}/${source.name}`, source]),
  )
  const desk = openSourceDesk(deps, signals)

  takeAnyBody(app)

  const find = (params: Params): { source: Source; provider: Provider } => {
    const source = byPath.get(`${params.provider}/${params.name}`)
    const provider = providers.get(params.provider)
    if (source === undefined || provider === undefined) throw new RequestRefused('unknown-source')
    return { source, provider }
  }

  const handle = async (request: FastifyRequest<{ Params: Params }>, reply: FastifyReply) => {
    const { source, provider } = find(request.params)
    const raw = rawRequestOf(request, source)
    if (!provider.methods.includes(raw.method)) throw new RequestRefused('wrong-method')
    const taken = await desk.take(provider, source, raw)
    if ('why' in taken) {
      if (source.basic !== undefined) reply.header('www-authenticate', 'Basic realm="sources"')
      throw new RequestRefused(failureOfDisbelief[taken.why])
    }
    const { status, contentType, body } = taken.answer
    return reply.code(status).type(contentType).send(body)
  }

  app.post(
    '/v1/reviews/:id/replay',
    {
      schema: {
        summary: 'Read a webhook once more that nobody could read',
        tags: ['operations'],
        params: replayParams,
        response: answers(replayAnswerSchema),
      },
    },
    async (request, reply) => {
      const replayed = await desk.replay(request.params.id)
      if (replayed === null) throw new RequestRefused('unknown-body')
      return reply.send(replayed)
    },
  )

  const schema = (method: string) => ({
    summary: `What a provider sends by ${method}, in its own format`,
    description: 'Authenticated by the provider’s own signature or the credentials of the source.',
    tags: ['intake'],
    params: providerParams,
    response: answers(providerAnswerSchema),
  })
  const path = '/sources/:provider/:name'
  // What a provider reads is no JSON of ours.
  const serializerCompiler = () => (answer: unknown) => String(answer)
  const options = { bodyLimit: bodyBytesMax.source, serializerCompiler }
  app.post(path, { ...options, schema: schema('POST') }, handle)
  app.get(path, { ...options, schema: schema('GET') }, handle)
}
