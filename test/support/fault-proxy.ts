import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * What befalls one request between a client and its ledger.
 * - `lose-request`: the connection breaks before the ledger hears of it.
 * - `lose-answer`: the ledger has done it, and the connection breaks before the answer.
 * - `cut-answer`: the connection breaks in the midst of the answer.
 * - `hang`: the ledger has done it, and no answer ever comes.
 * - `busy`: a 503 with `Retry-After: 1`.
 * - `page`: the error page of a proxy, which is no JSON.
 */
export type ProxyFault =
  'lose-request' | 'lose-answer' | 'cut-answer' | 'hang' | 'busy' | 'page' | 'none'

/** A real proxy before a real ledger. */
export type FaultProxy = {
  readonly url: string
  /** What befalls the requests to come, in order; those behind pass. */
  readonly plan: (...faults: readonly ProxyFault[]) => void
  /** The bodies of all requests so far, also of those that were lost. */
  readonly seen: readonly string[]
  /** When each request came, in milliseconds. */
  readonly times: readonly number[]
}

/** Starts a proxy on a port of its own; it ends with the test. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const seen: string[] = []
  const times: number[] = []
  let planned: ProxyFault[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request)
      seen.push(body)
      times.push(performance.now())
      await suffer(planned.shift() ?? 'none', target, request, body, response)
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const plan = (...faults: readonly ProxyFault[]): void => {
    planned = [...faults]
  }
  return { url: `http://127.0.0.1:${port}`, plan, seen, times }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  return body
}

async function suffer(
  fault: ProxyFault,
  target: string,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): Promise<void> {
  if (fault === 'lose-request') {
    response.destroy()
    return
  }
  if (fault === 'busy') {
    const problem = { status: 503, code: 'overloaded', title: 'Overloaded', detail: 'Again.' }
    response.writeHead(503, { 'retry-after': '1', 'content-type': 'application/problem+json' })
    response.end(JSON.stringify(problem))
    return
  }
  if (fault === 'page') {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad gateway</html>')
    return
  }
  const { method = 'GET', url = '/', headers } = request
  const answer = await fetch(`${target}${url}`, {
    method,
    headers: {
      authorization: headers.authorization ?? '',
      ...(headers['content-type'] !== undefined && { 'content-type': headers['content-type'] }),
    },
    ...(body !== '' && { body }),
  })
  const text = await answer.text()
  if (fault === 'hang') return
  if (fault === 'lose-answer') {
    response.destroy()
    return
  }
  const type = answer.headers.get('content-type') ?? ''
  const length = Buffer.byteLength(text)
  response.writeHead(answer.status, { 'content-type': type, 'content-length': length })
  if (fault === 'none') {
    response.end(text)
    return
  }
  response.write(text.slice(0, text.length / 2), () => response.destroy())
}
