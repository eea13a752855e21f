import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningLedger } from '../running-ledger.ts'

const triesMax = 40
const waitMsMax = 10_000

/** Said when the ledger answered a request with another refusal than "later". */
const refused = async (response: Response): Promise<Error> => {
  const { title = '', detail = '' } = (await response.json()) as Record<string, string>
  return new Error(`${response.status} ${title} ${detail}`.trim())
}

/**
 * Posts JSON and reads the answer; asks again while the ledger is overloaded or out of reach, as
 * late as it says, for some minutes at most. To post signals again is harmless.
 * @throws Error when it is refused, or still out of reach then
 */
export async function postAgain(
  ledger: RunningLedger,
  path: string,
  body: string,
): Promise<unknown> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  for (let tries = 1; ; tries += 1) {
    const response = await ledger.request(path, init).catch((error: unknown) => {
      if (tries === triesMax) throw error
      return null
    })
    if (response?.ok === true) return response.json()
    if (response !== null && (response.status !== 503 || tries === triesMax)) {
      throw await refused(response)
    }
    await response?.body?.cancel()
    const askedMs = Number(response?.headers.get('retry-after') ?? 0) * 1_000
    await sleep(Math.min(waitMsMax, Math.max(askedMs, 100 * 2 ** Math.min(tries, 7))))
  }
}
