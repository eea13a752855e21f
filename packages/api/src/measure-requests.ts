import type { FastifyInstance } from 'fastify'
import type { Metrics } from '@ledger/runtime'

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** Measures how long each door takes, by its pattern: a path as sent may name somebody. */
export function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  const durations = metrics.histogram({
    name: 'ledger_http_request_duration_seconds',
    help: 'How long requests took, by door and status.',
    labels: ['method', 'route', 'status'],
    buckets,
  })
  app.addHook('onRoute', (route) => {
    const { url } = route
    route.onResponse = [
      ...[route.onResponse ?? []].flat(),
      ({ method, headers }, reply, done) => {
        // How long somebody listened says nothing of how fast we answer.
        const isStream = headers.accept?.includes('text/event-stream') ?? false
        if (!isStream) {
          const labels = { method, route: url, status: reply.statusCode }
          durations.observe(labels, reply.elapsedTime / 1_000)
        }
        done()
      },
    ]
  })
}
