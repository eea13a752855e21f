import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'
import Fastify from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type * as z from 'zod'
import { logAccess } from './access-log.ts'
import type { AppDeps } from './app-deps.ts'
import { lockDoors } from './authorise.ts'
import { addJsonParser } from './body-parsers.ts'
import { answerClientError, answerFailures } from './failures.ts'
import { failureOf } from './failure-of.ts'
import { bodyBytesMax, headerBytesMax, timeoutMs } from './limits.ts'
import { tokenLengthMax } from './links/link-token.ts'
import { measureRequests } from './measure-requests.ts'
import { describeLocks, openapiOptions } from './openapi.ts'
import { brazeRoutes } from './routes/braze.ts'
import { changeRoutes } from './routes/changes.ts'
import { docsRoutes } from './routes/docs.ts'
import { memberExportRoutes, personExportRoutes } from './routes/exports.ts'
import { failureRoutes } from './routes/failures.ts'
import { groupCountRoutes, groupMemberRoutes } from './routes/group-members.ts'
import { groupQuestionRoutes } from './routes/group-questions.ts'
import { groupRoutes } from './routes/groups.ts'
import { healthRoutes } from './routes/health.ts'
import { inPersonRoutes } from './routes/in-person.ts'
import { keyRoutes } from './routes/keys.ts'
import { parkedRoutes } from './routes/parked.ts'
import { linkRoutes } from './routes/links.ts'
import { rebuildRoutes } from './routes/rebuild.ts'
import { reviewRoutes } from './routes/reviews.ts'
import { providerRoutes } from './routes/providers.ts'
import { signalRoutes } from './routes/signals.ts'
import { subjectRoutes } from './routes/subjects.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { securityHeaders } from './security-headers.ts'
import { sendProblem } from './send-problem.ts'
import { openSignalDesk } from './take-signals.ts'
import type { ZodApp } from './zod-app.ts'
import { refusalOf } from './zod-refusal.ts'

const createServer = () =>
  Fastify({
    // Our own log is told of failures only; one line per request would cost more than the request.
    logger: false,
    bodyLimit: bodyBytesMax.other,
    connectionTimeout: timeoutMs.idle,
    requestTimeout: timeoutMs.request,
    keepAliveTimeout: timeoutMs.keepAlive,
    http: {
      headersTimeout: timeoutMs.headers,
      maxHeaderSize: headerBytesMax,
      connectionsCheckingInterval: timeoutMs.check,
    },
    requestIdHeader: false,
    // While the app closes it still serves what comes in on open connections, one request each.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: tokenLengthMax },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, failureOf(error)),
  })

/**
 * From the start of a stop on every answer ends its connection. A client that goes on sending on an
 * open one would otherwise keep the ledger from ever stopping.
 */
function endConnectionsWhileClosing(app: FastifyInstance): void {
  let isClosing = false
  app.addHook('preClose', (done) => {
    isClosing = true
    done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) reply.header('connection', 'close')
    done()
  })
}

const validate: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const where = httpPart ?? 'request'
  return (value) => {
    const parsed = schema.safeParse(value)
    return parsed.success ? { value: parsed.data } : { error: refusalOf(parsed.error, where) }
  }
}

/**
 * Builds the doors over what stands behind them. It never listens and opens nothing: whoever built
 * the deps closes them, after the app.
 */
export function buildApp(deps: AppDeps): FastifyInstance {
  const app = createServer()
  app.setValidatorCompiler(validate)
  // The schemas of answers are for the reader and the compiler; tests hold us to them, not each
  // answer.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  answerFailures(app, deps.logger)
  addJsonParser(app)
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(securityHeaders)
    done()
  })
  endConnectionsWhileClosing(app)
  lockDoors(app, deps)
  logAccess(app, deps.logger)
  describeLocks(app)
  measureRequests(app, deps.metrics)
  app.register(swagger, openapiOptions)
  app.register(async (scope) => addRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps))
  return app
}

function addRoutes(app: ZodApp, deps: AppDeps): void {
  const signals = openSignalDesk(deps.ledger, deps.metrics)
  groupRoutes(app, deps)
  groupMemberRoutes(app, deps)
  groupCountRoutes(app, deps)
  memberExportRoutes(app, deps)
  groupQuestionRoutes(app, deps)
  subjectRoutes(app, deps)
  personExportRoutes(app, deps)
  changeRoutes(app, deps)
  reviewRoutes(app, deps)
  parkedRoutes(app, deps)
  rebuildRoutes(app, deps.admin)
  failureRoutes(app, deps, signals)
  keyRoutes(app, deps)
  tokenRoutes(app, deps)
  healthRoutes(app, deps)
  docsRoutes(app)
  // Each in a scope of its own, for its own way of reading bodies.
  app.register(async (scope) => signalRoutes(scope.withTypeProvider<ZodTypeProvider>(), signals))
  app.register(async (scope) =>
    inPersonRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps, signals),
  )
  app.register(async (scope) =>
    brazeRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps, signals),
  )
  app.register(async (scope) =>
    providerRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps, signals),
  )
  app.register(async (scope) =>
    linkRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps, signals),
  )
}
