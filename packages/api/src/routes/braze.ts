import type { AppDeps } from '../app-deps.ts'
import { rateLimitHeaders } from '../braze/rate-limits.ts'
import type { SignalDesk } from '../take-signals.ts'
import type { ZodApp } from '../zod-app.ts'
import { brazeReadRoutes } from './braze-reads.ts'
import { brazeWriteRoutes } from './braze-writes.ts'

/**
 * What a client of Braze finds when its base URL is changed to ours. docs/braze.md says how each
 * case was decided.
 */
export function brazeRoutes(app: ZodApp, deps: AppDeps, desk: SignalDesk): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(rateLimitHeaders(request.routeOptions.url ?? '', deps.queries.now()))
    done()
  })
  brazeWriteRoutes(app, deps, desk)
  brazeReadRoutes(app, deps)
}
