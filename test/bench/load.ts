import autocannon from 'autocannon'
import type { MeasuredServer } from './server.ts'

export type Load = {
  readonly path: string
  readonly connections: number
  readonly seconds: number
  readonly nextBody: () => string
  /** Requests per second over all connections; as fast as it goes when left out. */
  readonly ratePerSecond?: number
}

export type LoadResult = {
  readonly requestsPerSecond: number
  readonly requests: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Sends a load and measures it; any answer but 2xx makes the measurement void. */
export async function sendLoad(server: MeasuredServer, load: Load): Promise<LoadResult> {
  const result = await autocannon({
    url: `${server.url}${load.path}`,
    method: 'POST',
    connections: load.connections,
    duration: load.seconds,
    ...(load.ratePerSecond === undefined ? {} : { overallRate: load.ratePerSecond }),
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    requests: [{ setupRequest: (request) => ({ ...request, body: load.nextBody() }) }],
  })
  const failed = result.non2xx + result.errors + result.timeouts
  if (failed > 0) throw new Error(`${failed} of the requests to ${load.path} failed`)
  const requests = result['2xx']
  return {
    requestsPerSecond: requests / result.duration,
    requests,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }
}
