import type { SignalResult } from './answers.ts'
import { BatcherFull, SendFailed } from './failures.ts'
import { signalsPerRequestMax } from './send-signals.ts'
import type { NewSignal, Signal } from './signal-shapes.ts'
import { identified } from './signal-shapes.ts'

export type BatcherOptions = {
  /** How many signals are sent at once; at most, and by default, 1,000. */
  readonly countMax?: number
  /** How long the first signal of a batch waits for others; 20 ms unless said otherwise. */
  readonly waitMsMax?: number
  /** How many signals may wait in all; 10,000 unless said otherwise. */
  readonly pendingMax?: number
}

/** Gathers signals that come one by one, and sends them together. */
export type SignalBatcher = {
  /**
   * Resolves with what became of the signal. Rejects with `SendFailed`, whose `unsent` is this one
   * signal with its id, or with `BatcherFull`.
   */
  readonly add: (signal: NewSignal) => Promise<SignalResult>
  /** Sends what waits, now; resolves when all that was added before is settled. */
  readonly flush: () => Promise<void>
}

type Waiting = {
  readonly signal: Signal
  readonly resolve: (result: SignalResult) => void
  readonly reject: (error: Error) => void
}

/**
 * Opens a batcher. One batch is on its way at a time, so that what is said of one person stays in
 * order; what comes meanwhile is the next one.
 */
export function openBatcher(
  send: (signals: readonly Signal[]) => Promise<readonly SignalResult[]>,
  { countMax = signalsPerRequestMax, waitMsMax = 20, pendingMax = 10_000 }: BatcherOptions = {},
): SignalBatcher {
  let waiting: Waiting[] = []
  let underWay = 0
  let timer: ReturnType<typeof setTimeout> | null = null
  let sending: Promise<void> = Promise.resolve()

  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, countMax)
      waiting = waiting.slice(countMax)
      underWay = batch.length
      await settle(send, batch)
      underWay = 0
    }
  }
  const start = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    sending = sending.then(sendAll)
    return sending
  }

  return {
    add: (signal) =>
      new Promise((resolve, reject) => {
        if (waiting.length + underWay >= pendingMax) {
          reject(new BatcherFull(pendingMax))
          return
        }
        waiting.push({ signal: identified(signal), resolve, reject })
        if (waiting.length >= countMax) void start()
        else timer ??= setTimeout(() => void start(), waitMsMax)
      }),
    flush: start,
  }
}

async function settle(
  send: (signals: readonly Signal[]) => Promise<readonly SignalResult[]>,
  batch: readonly Waiting[],
): Promise<void> {
  const { results, failure } = await send(batch.map(({ signal }) => signal)).then(
    (sent) => ({ results: sent, failure: null }),
    (error: unknown) => ({
      results: error instanceof SendFailed ? error.sent : [],
      failure: error,
    }),
  )
  const cause = failure instanceof SendFailed ? failure.cause : failure
  for (const [index, { signal, resolve, reject }] of batch.entries()) {
    const result = results[index]
    if (result === undefined) reject(new SendFailed([], [signal], cause))
    else resolve(result)
  }
}
