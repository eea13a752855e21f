import type { FastifyInstance } from 'fastify'
import { adminKey } from './test-ledger.ts'

/** JSON whose shape is what each test is about. */
export interface Json {
  readonly [key: string]: Json
}

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly json: Json
}

export type Ask = {
  readonly key?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, unless it is text or bytes. */
  readonly body?: unknown
  readonly type?: string
}

/** Asks an app without a port. The admin key goes along unless another one, or null, is given. */
export async function ask(
  app: FastifyInstance,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD',
  url: string,
  { key = `Bearer ${adminKey}`, headers = {}, body, type }: Ask = {},
): Promise<Answer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array
  const payload = body === undefined || isRaw ? body : JSON.stringify(body)
  const answer = await app.inject({
    method,
    url,
    headers: {
      ...(key !== null && { authorization: key }),
      ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
      ...headers,
    },
    ...(payload !== undefined && { payload: payload as string | Buffer }),
  })
  const isJson = /\bjson/.test(String(answer.headers['content-type'] ?? ''))
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.body,
    json: (isJson && answer.body !== '' ? JSON.parse(answer.body) : {}) as Json,
  }
}

let nextId = 0

/**
 * A CloudEvent that opts a phone in to a group by a backend's say-so; parts of it can be replaced.
 */
export function cloudEvent(
  action: string,
  data: Readonly<Record<string, unknown>>,
  envelope: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  nextId += 1
  return {
    specversion: '1.0',
    id: `test-${nextId}`,
    source: 'urn:test',
    type: `subscription.${action}`,
    data: { actor: 'system', method: 'api', ...data },
    ...envelope,
  }
}

export const phone = (value: string) => ({ kind: 'phone', value })

export const marketing = { name: 'Offers', channel: 'sms', brand: 'acme', purpose: 'marketing' }

/** The text that an answer holds in this place. */
export function textOf(json: unknown): string {
  if (typeof json === 'string') return json
  throw new Error('expected text')
}
