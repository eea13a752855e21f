import type { FastifyReply } from 'fastify'
import { brazeFailure, isBrazePath } from './braze/failure.ts'
import type { RequestFailure } from './failure-of.ts'
import { problemDocument, problemMediaType } from './problem.ts'
import { problemTable } from './problem-table.ts'
import { securityHeaders } from './security-headers.ts'

/** Answers a request with its failure, in the form that clients of its door read. */
export function sendProblem(reply: FastifyReply, failure: RequestFailure): FastifyReply {
  const document = problemDocument(failure.code, failure.extras)
  const isBraze = isBrazePath(reply.request.url)
  const { retryAfterSeconds } = problemTable[failure.code]
  reply.code(document.status).headers(securityHeaders)
  reply.type(isBraze ? 'application/json; charset=utf-8' : problemMediaType)
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds))
  if (document.status === 401 && !reply.hasHeader('www-authenticate')) {
    reply.header('www-authenticate', 'Bearer')
  }
  // As text, so that no schema of the route is looked for.
  return reply.send(JSON.stringify(isBraze ? brazeFailure(failure) : document))
}
