import type { Worker } from 'node:worker_threads'
import { Outage } from '@ledger/ledger'
import { failureOfCode } from './sqlite-failure.ts'
import type { GroupAnswer } from './write-group.ts'
import type { FromThread, ToThread } from './writer-thread.ts'

/** How many requests may wait before more are turned away. */
export const queueLengthMax = 50_000
/** How many requests one commit takes at most, so that none waits behind a huge one. */
export const groupLengthMax = 2_000

/** A request, and whom to tell what became of it. */
export type Waiting = {
  readonly request: unknown
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: Error) => void
}

/** What a group queue needs of the thread that does the work. */
export type Thread = Pick<Worker, 'postMessage'> & NodeJS.EventEmitter

/**
 * Group commit without a timer.
 *
 * - idle, and a request comes: it waits for the end of the event loop's turn, so that requests
 *   which came in together travel together; then the group goes to the thread, which is busy.
 * - busy, and a request comes: it waits.
 * - busy, and the thread answers: all that wait go as the next group, and the senders of this one
 *   are told; with nobody waiting it is idle again.
 * - stopped, after a failure that may lie: everybody is turned away for good, those who wait too.
 *
 * @param onWritten called after each group with its replies, once they are durable and told
 */
export function groupQueue(thread: Thread, onWritten: (replies: readonly unknown[]) => void) {
  let waiting: Waiting[] = []
  let inFlight: Waiting[] = []
  let isFlushDue = false
  /** What a request is refused with: null while requests are taken. */
  let refusal: Outage | null = null
  const exit = new Promise((resolve) => thread.once('exit', resolve))

  const flush = (): void => {
    isFlushDue = false
    if (inFlight.length > 0 || waiting.length === 0) return
    inFlight = waiting.slice(0, groupLengthMax)
    waiting = waiting.slice(groupLengthMax)
    thread.postMessage(inFlight.map(({ request }) => request) satisfies ToThread)
  }

  const stop = (cause: unknown): void => {
    const outage = new Outage('write-stopped', { cause })
    refusal = outage
    const untold = [...inFlight, ...waiting]
    inFlight = []
    waiting = []
    for (const { reject } of untold) reject(outage)
  }

  thread.on('message', (answer: FromThread) => {
    if (answer === 'ready') return
    if (!answer.ok && !mayWorkLater(answer)) return stop(failureOfGroup(answer))
    const group = inFlight
    inFlight = []
    // The thread gets its next group before anybody is told: it need not wait for them.
    flush()
    tell(group, answer)
    if (answer.ok) onWritten(answer.replies)
  })
  thread.on('error', stop)
  thread.on('exit', () => stop(new Error('the thread that writes has ended')))

  return {
    /** Why a request would be turned away now; null when it would be taken. */
    refusal: (): Outage | null =>
      refusal ?? (waiting.length < queueLengthMax ? null : new Outage('overloaded')),
    isStopped: (): boolean => refusal?.code === 'write-stopped',
    add: (entry: Waiting): void => {
      waiting.push(entry)
      if (isFlushDue || inFlight.length > 0) return
      isFlushDue = true
      setImmediate(flush)
    },
    /** Takes no more requests, and ends the thread when `settled` says that all are told. */
    close: async (settled: () => Promise<void>): Promise<void> => {
      refusal ??= new Outage('unavailable', { cause: new Error('closed'), isRetryable: false })
      await settled()
      thread.postMessage(null satisfies ToThread)
      await exit
    },
  }
}

function tell(group: readonly Waiting[], answer: GroupAnswer<unknown>): void {
  if (!answer.ok) {
    const outage = new Outage('unavailable', { cause: failureOfGroup(answer) })
    for (const { reject } of group) reject(outage)
    return
  }
  const refusals = new Map(answer.refusals)
  for (const [index, { resolve, reject }] of group.entries()) {
    const message = refusals.get(index)
    if (message === undefined) resolve(answer.replies[index])
    else reject(new Error(message))
  }
}

type FailedGroup = Extract<GroupAnswer<unknown>, { ok: false }>

/** True when the disk may have room, or the file be free, at the next try. */
function mayWorkLater({ errorCode }: FailedGroup): boolean {
  const failure = errorCode === null ? null : failureOfCode(errorCode)
  return failure === 'full' || failure === 'busy'
}

const failureOfGroup = ({ errorCode, message }: FailedGroup): Error =>
  new Error(`SQLite error ${errorCode ?? 'none'}: ${message}`)
