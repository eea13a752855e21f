import type { SignalResult } from './answers.ts'
import { SendFailed } from './failures.ts'
import type { NewSignal, Signal } from './signal-shapes.ts'
import { identified } from './signal-shapes.ts'
import type { Ask } from './transport.ts'

/** How many signals one request holds at most: what the door takes. */
export const signalsPerRequestMax = 1_000
/** The door takes 8 MiB; some room is left for what a proxy counts. */
const bodyBytesMax = 7 * 1024 * 1024

/**
 * Sends signals in as few requests as they fit into, one after the other, so that what is said of
 * one person stays in order. Ids that are missing are minted before the first try, and every retry
 * sends the same ones.
 * @returns what became of each, in the order given; a bad one fails no other
 * @throws SendFailed with what was answered and what was not
 */
export async function sendSignals(
  ask: Ask,
  signals: readonly NewSignal[],
): Promise<readonly SignalResult[]> {
  const all = signals.map(identified)
  const results: SignalResult[] = []
  for (const body of bodiesOf(all)) {
    try {
      const answer = await ask<{ readonly results: readonly SignalResult[] }>(
        ...(['POST', '/v1/signals', { body }] as const),
      )
      results.push(...answer.results)
    } catch (cause) {
      throw new SendFailed(results, all.slice(results.length), cause)
    }
  }
  return results
}

/** Signals in order, in bodies that the door takes; one that is too large goes alone. */
function* bodiesOf(signals: readonly Signal[]): Generator<string, void> {
  const encoder = new TextEncoder()
  let texts: string[] = []
  let bytes = 0
  for (const signal of signals) {
    const text = JSON.stringify({ specversion: '1.0', ...signal })
    const size = encoder.encode(text).length + 1
    const isFull = texts.length === signalsPerRequestMax || bytes + size > bodyBytesMax
    if (isFull && texts.length > 0) {
      yield `[${texts.join()}]`
      texts = []
      bytes = 0
    }
    texts.push(text)
    bytes += size
  }
  if (texts.length > 0) yield `[${texts.join()}]`
}
