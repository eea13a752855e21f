import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Outage } from '@ledger/ledger'
import { failureOfCode } from './sqlite-failure.ts'
import type { GroupAnswer } from './write-group.ts'
import type { FromThread, ToThread, WriterFile } from './writer-thread.ts'

/** How many requests may wait before more are turned away. */
const queueLengthMax = 50_000
/** How many requests one commit takes at most, so that none waits behind a huge one. */
const groupLengthMax = 2_000

/** The calling thread's end of a thread that writes one file. */
export type Writer<Request, Reply> = {
  /**
   * Has a request written; resolves once it is durable. Requests are written in the order sent.
   * Rejects with an Outage, or with an Error when the request itself was refused.
   */
  readonly send: (request: Request) => Promise<Reply>
  /** Resolves when all that was sent before is settled, well or badly. */
  readonly settled: () => Promise<void>
  /** Writes what is waiting, closes the file and ends the thread. */
  readonly close: () => Promise<void>
}

export type WriterOptions<Reply> = {
  /** Called after each group with its replies, once these are durable and their senders know. */
  readonly onWritten?: (replies: readonly (Reply | null)[]) => void
}

type Waiting = {
  readonly request: unknown
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: Error) => void
}

/** Starts the thread that writes one file. The file must have been prepared. */
export async function openWriter<Request, Reply>(
  file: WriterFile,
  { onWritten = () => undefined }: WriterOptions<Reply> = {},
): Promise<Writer<Request, Reply>> {
  const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: file })
  await once(worker, 'message') // 'ready'; rejects with the error that kept it from opening
  const queue = groupQueue(worker, onWritten as (replies: readonly unknown[]) => void)
  let lastSent: Promise<unknown> = Promise.resolve()
  const settled = async (): Promise<void> => {
    await lastSent.catch(() => undefined)
  }
  let closed: Promise<void> | null = null
  return {
    send: (request) => {
      const refusal = queue.refusal()
      if (refusal !== null) return Promise.reject(refusal)
      const sent = new Promise((resolve, reject) => queue.add({ request, resolve, reject }))
      lastSent = sent
      return sent as Promise<Reply>
    },
    settled,
    close: () => (closed ??= queue.close(settled)),
  }
}

/**
 * Group commit without a timer: while the thread is busy with one group, requests gather; when it
 * answers, all of them go as the next. The first request after a pause waits for the end of the
 * event loop's turn, so that requests which came in together travel together.
 *
 * `refuseWith` is null while the file takes requests, and for good something else after `close`, or
 * after a failure that may lie (facts of `sqlite-failure.ts`).
 */
function groupQueue(worker: Worker, onWritten: (replies: readonly unknown[]) => void) {
  let waiting: Waiting[] = []
  let inFlight: Waiting[] = []
  let isFlushDue = false
  let refuseWith: Outage | null = null
  const exit = once(worker, 'exit')

  const flush = (): void => {
    isFlushDue = false
    if (inFlight.length > 0 || waiting.length === 0) return
    inFlight = waiting.slice(0, groupLengthMax)
    waiting = waiting.slice(groupLengthMax)
    worker.postMessage(inFlight.map(({ request }) => request) satisfies ToThread)
  }

  const stop = (cause: unknown): void => {
    const outage = new Outage('write-stopped', { cause })
    refuseWith = outage
    const unsettled = [...inFlight, ...waiting]
    inFlight = []
    waiting = []
    for (const { reject } of unsettled) reject(outage)
  }

  worker.on('message', (answer: FromThread) => {
    if (answer === 'ready') return
    if (!answer.ok && !mayWorkLater(answer)) return stop(failureOfGroup(answer))
    const group = inFlight
    inFlight = []
    // The thread gets its next group before this one's senders are told: it need not wait for them.
    flush()
    settle(group, answer)
    if (answer.ok) onWritten(answer.replies)
  })
  worker.on('error', stop)
  worker.on('exit', () => stop(new Error('the thread that writes has ended')))

  return {
    refusal: (): Outage | null =>
      refuseWith ?? (waiting.length < queueLengthMax ? null : new Outage('overloaded')),
    add: (entry: Waiting): void => {
      waiting.push(entry)
      if (isFlushDue || inFlight.length > 0) return
      isFlushDue = true
      setImmediate(flush)
    },
    close: async (settled: () => Promise<void>): Promise<void> => {
      refuseWith ??= new Outage('unavailable', { cause: new Error('closed'), isRetryable: false })
      await settled()
      worker.postMessage(null satisfies ToThread)
      await exit
    },
  }
}

function settle(group: readonly Waiting[], answer: GroupAnswer<unknown>): void {
  if (!answer.ok) {
    const outage = new Outage('unavailable', { cause: failureOfGroup(answer) })
    for (const { reject } of group) reject(outage)
    return
  }
  const refusals = new Map(answer.refusals)
  for (const [index, { resolve, reject }] of group.entries()) {
    const refusal = refusals.get(index)
    if (refusal === undefined) resolve(answer.replies[index])
    else reject(new Error(refusal))
  }
}

type FailedGroup = Extract<GroupAnswer<unknown>, { ok: false }>

/** True when the disk may have room, or the file be free, at the next try. */
function mayWorkLater({ errorCode }: FailedGroup): boolean {
  const failure = errorCode === null ? null : failureOfCode(errorCode)
  return failure === 'full' || failure === 'busy'
}

function failureOfGroup({ errorCode, message }: FailedGroup): Error {
  return new Error(`SQLite error ${errorCode ?? 'none'}: ${message}`)
}
