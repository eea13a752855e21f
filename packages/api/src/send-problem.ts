import type { FastifyReply } from 'fastify'
import type { RequestFailure } from './failure-of.ts'
import { problemDocument, problemMediaType } from './problem.ts'
import { problemTable } from './problem-table.ts'
import { securityHeaders } from './security-headers.ts'

/** Answers a request with its failure. */
export function sendProblem(reply: FastifyReply, { code, extras }: RequestFailure): FastifyReply {
  const document = problemDocument(code, extras)
  const { retryAfterSeconds } = problemTable[code]
  reply.code(document.status).headers(securityHeaders).type(problemMediaType)
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds))
  if (document.status === 401) reply.header('www-authenticate', 'Bearer')
  // As text, so that no schema of the route is looked for.
  return reply.send(JSON.stringify(document))
}
