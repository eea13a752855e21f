import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '@ledger/runtime'
import { failureOf } from './failure-of.ts'
import { problemDocument, problemMediaType } from './problem.ts'
import { securityHeaders } from './security-headers.ts'
import { sendProblem } from './send-problem.ts'

/** Answers every failure from the one table, and tells the log of those that are ours. */
export function answerFailures(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    tell(logger, failure.code, error, request, reply)
    return sendProblem(reply, failure)
  })
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, { code: 'not-found', extras: {} }))
}

function tell(
  logger: Logger,
  code: string,
  err: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { status } = problemDocument(code as Parameters<typeof problemDocument>[0])
  if (status < 500) return
  // The pattern of the route, never what was asked of it.
  const { method, routeOptions } = request
  const ms = Math.round(reply.elapsedTime)
  const fields = { method, route: routeOptions.url ?? null, status, code, ms, err }
  if (code === 'internal') logger.error(fields, 'a request failed')
  // That a reader's own wait ran out is no fault to trace.
  else if (code === 'not-yet-visible') logger.warn({ ...fields, err: undefined }, 'a wait ran out')
  else logger.warn(fields, 'a request met an outage')
}

/** Answers on the bare socket what could not even be read as HTTP. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // The peer is gone, or an answer is under way: nothing that we could write would be read as one.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const { code } = failureOf(error)
  const document = problemDocument(code === 'internal' ? 'malformed-http' : code)
  const body = JSON.stringify(document)
  const head = [
    `HTTP/1.1 ${document.status} ${document.title}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
