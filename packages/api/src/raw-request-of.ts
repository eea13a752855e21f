import type { FastifyRequest } from 'fastify'
import type { RawRequest, Source } from '@ledger/sources'

const nothing = new Uint8Array()

/** Repeated headers count as their first: a signature that is given twice is given once. */
const headersOf = (request: FastifyRequest): RawRequest['headers'] =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value[0] : value,
    ]),
  )

/** A request as a provider's code reads it, under the URL that the provider was given. */
export function rawRequestOf(
  request: FastifyRequest,
  { publicUrl }: Pick<Source, 'publicUrl'>,
): RawRequest {
  const base = publicUrl?.replace(/\/+$/, '') ?? `${request.protocol}://${request.host}`
  return {
    method: request.method === 'POST' ? 'POST' : 'GET',
    url: base + request.url,
    headers: headersOf(request),
    body: request.body instanceof Uint8Array ? request.body : nothing,
  }
}
