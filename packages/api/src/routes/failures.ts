import { familyOfKind } from '@ledger/domain'
import { failureSignals } from '@ledger/sources'
import type { AppDeps } from '../app-deps.ts'
import { callerOf } from '../authorise.ts'
import { RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import { failureAnswerSchema, failureBodySchema, failureParams } from '../schemas/sources.ts'
import { itemOf } from '../source-desk.ts'
import type { SignalDesk } from '../take-signals.ts'
import type { ZodApp } from '../zod-app.ts'

/** `POST /sources/failures/:name`: sends that failed, from the sender's own code. */
export function failureRoutes(app: ZodApp, deps: AppDeps, desk: SignalDesk): void {
  const byName = new Map((deps.sources ?? []).map((source) => [source.name, source]))
  app.post(
    '/sources/failures/:name',
    {
      schema: {
        summary: 'Record what a failed send says of consent',
        description: 'Some codes say that the person had opted out before; others say nothing.',
        tags: ['intake'],
        params: failureParams,
        body: failureBodySchema,
        response: answers(failureAnswerSchema),
      },
    },
    async (request, reply) => {
      const source = byName.get(request.params.name)
      if (source === undefined) throw new RequestRefused('unknown-source')
      const { provider, account = 'unknown', address, ...rest } = request.body
      const urn = `urn:${provider}:${account}`
      // A phone is reached by the carrier family; any other kind has a family of its own.
      const channel = familyOfKind(address.kind) ?? 'sms'
      const failure = { ...rest, urn, address, channel }
      const context = { source, groups: deps.ledger.groups.list(), isStale: false }
      const [signal] = failureSignals(failure, provider, context).signals
      if (signal === undefined) return reply.send({ outcome: 'ignored' as const })
      return reply.send(await desk.recordOne(itemOf(signal), callerOf(request)))
    },
  )
}
