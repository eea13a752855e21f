import type { CloudEvent } from './signals.ts'
import { adminKey } from './start-standalone.ts'

export type Answer = {
  readonly status: number
  readonly text: string
  /** What it holds is what each test is about. */
  readonly json: unknown
}

/** What became of a signal, as the door says it. */
export type SignalAnswer = {
  readonly id: string
  readonly outcome: string
  readonly eventId: string
  readonly position: string
  readonly problem?: { readonly code: string }
}

export type HttpClient = {
  readonly ask: (method: string, path: string, body?: unknown, type?: string) => Promise<Answer>
  /** Posts signals as a batch; rejects when the batch as a whole was not answered 200. */
  readonly post: (events: readonly CloudEvent[]) => Promise<readonly SignalAnswer[]>
}

/** Talks to a ledger as its operator does. Everything waits ten seconds at most. */
export function httpClient(address: string, key: string = adminKey): HttpClient {
  const ask = async (method: string, path: string, body?: unknown, type = 'application/json') => {
    const isText = typeof body === 'string'
    const response = await fetch(`${address}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    })
    const text = await response.text()
    const isJson = (response.headers.get('content-type') ?? '').includes('json')
    const json: unknown = isJson ? JSON.parse(text) : undefined
    return { status: response.status, text, json }
  }
  return {
    ask,
    post: async (events) => {
      const answer = await ask('POST', '/v1/signals', events)
      if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.text}`)
      return (answer.json as { readonly results: readonly SignalAnswer[] }).results
    },
  }
}

/** Defines the groups of the small tenant over HTTP. */
export async function putGroups(
  { ask }: HttpClient,
  definitions: Readonly<Record<string, object>>,
): Promise<void> {
  for (const [id, definition] of Object.entries(definitions)) {
    const { status, text } = await ask('PUT', `/v1/groups/${id}`, definition)
    if (status !== 200) throw new Error(`the group was answered ${status}: ${text}`)
  }
}
