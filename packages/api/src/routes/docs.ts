import swaggerUi from '@fastify/swagger-ui'
import { errorsHtml } from '../errors-page.ts'
import type { ZodApp } from '../zod-app.ts'

/** Everything from this server, so that the page works offline and sends nothing anywhere. */
const pagePolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
  "object-src 'none'; base-uri 'self'; frame-ancestors 'none'"

/** `/openapi.json` for machines, `/docs` and `/docs/errors` for people. */
export function docsRoutes(app: ZodApp): void {
  let description: Buffer | null = null
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    // Written once: it needs no key, and whoever asks for it all the time must keep nobody waiting.
    description ??= Buffer.from(JSON.stringify(app.swagger()))
    return reply.type('application/json; charset=utf-8').send(description)
  })
  const errorsPage = errorsHtml()
  app.get('/docs/errors', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', pagePolicy)
      .send(errorsPage),
  )
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    uiConfig: { docExpansion: 'list', deepLinking: true, persistAuthorization: false },
    theme: { title: 'Subscription ledger' },
  })
}
