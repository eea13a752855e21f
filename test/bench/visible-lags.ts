import type { MeasuredServer } from './server.ts'

/**
 * Under a load that somebody else makes, sends signals of its own, one after the other, and
 * measures from each acknowledgement until a query answers with it.
 * @returns milliseconds, shortest first
 */
export async function visibleLags(
  server: MeasuredServer,
  group: string,
  stop: AbortSignal,
): Promise<readonly number[]> {
  const lags: number[] = []
  const send = async (path: string, body: object): Promise<{ position?: string }> => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    return (await response.json()) as { position?: string }
  }
  for (let n = 0; !stop.aborted; n += 1) {
    const address = { kind: 'email', value: `sample-${n}@bench.example` }
    const { position } = await send('/v1/signals', {
      specversion: '1.0',
      type: 'subscription.opt-in',
      source: 'urn:acme:sampler',
      id: `sample-${n}`,
      data: { address, scope: { group }, actor: 'system', method: 'api' },
    })
    const acknowledgedAt = performance.now()
    await send('/v1/state', { group, addresses: [address], atLeast: position })
    lags.push(performance.now() - acknowledgedAt)
  }
  return lags.sort((a, b) => a - b)
}
