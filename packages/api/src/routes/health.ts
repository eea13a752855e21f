import { Outage } from '@ledger/ledger'
import { freshnessOf } from '@ledger/read-models'
import type { AppDeps, Readiness } from '../app-deps.ts'
import { healthSchema, readinessSchema } from '../schemas/operations.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'metrics' | 'readModel' | 'queries' | 'readiness' | 'logger'>

function measureFreshness({ metrics, readModel, queries }: Deps): void {
  const read = async () => freshnessOf(await readModel.checkpoint(), queries.now())
  // A read model out of reach has no freshness; a zero would say that all is well.
  const orNull = (pick: (freshness: Awaited<ReturnType<typeof read>>) => number) => () =>
    read().then(pick, () => null)
  metrics.gauge({
    name: 'ledger_read_model_lag_milliseconds',
    help: 'How far the read model is behind.',
    read: orNull(({ lagMs }) => lagMs),
  })
  metrics.gauge({
    name: 'ledger_read_model_within_window',
    help: '1 while the read model is within its promised window, else 0.',
    read: orNull(({ withinWindow }) => (withinWindow ? 1 : 0)),
  })
  metrics.gauge({
    name: 'ledger_parked_events',
    help: 'Events that could not be applied; their subjects are held.',
    read: orNull(({ parked }) => parked),
  })
}

async function readinessOf({ readiness, logger }: Deps): Promise<Readiness> {
  try {
    return await readiness()
  } catch (error) {
    logger.warn({ err: error }, 'readiness could not be told')
    return { ready: false, reasons: [error instanceof Outage ? error.code : 'unknown'] }
  }
}

/** `/healthz`, `/readyz`, `/metrics`: what an orchestrator and a scraper ask. */
export function healthRoutes(app: ZodApp, deps: Deps): void {
  measureFreshness(deps)
  const tags = ['operations']

  app.get(
    '/healthz',
    { schema: { summary: 'The process lives', tags, response: { 200: healthSchema } } },
    async (_request, reply) => reply.send({ status: 'ok' as const }),
  )

  app.get(
    '/readyz',
    {
      schema: {
        summary: 'The ledger may serve; 503 with reasons while it may not',
        tags,
        response: { 200: readinessSchema, 503: readinessSchema },
      },
    },
    async (_request, reply) => {
      const { ready, reasons } = await readinessOf(deps)
      if (ready) return reply.send({ ready })
      return reply.code(503).header('retry-after', '1').send({ ready, reasons })
    },
  )

  app.get(
    '/metrics',
    { schema: { summary: 'Metrics in the text format of Prometheus', tags } },
    async (_request, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.text()),
  )
}
