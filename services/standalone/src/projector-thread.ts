/**
 * The projector's thread: it reads the log and writes the read model on connections of its own, so
 * that neither intake nor queries wait for it. The main thread proves how far the log goes
 * (`fence`), keeps parked events (`park`) and is told of every advance.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { openSqliteEventReader, openSqliteReadModel } from '@ledger/adapter-sqlite'
import type { Fence, ParkedEvent } from '@ledger/ledger'
import type {
  ParkedPlace,
  Projector,
  ReadModel,
  RetryOutcome,
  StepResult,
} from '@ledger/read-models'
import { createProjector } from '@ledger/read-models'
import { threadCalls } from './thread-calls.ts'

export type ProjectorThreadData = { readonly logPath: string; readonly readModelPath: string }

/** How long an idle projector rests before it proves again that it is up to date. */
const heartbeatMs = 250
/** The rest between two steps that were not full: a page is cheaper than as many transactions. */
const restMs = 5
const retryMs = 500
const pageSizeMax = 1_000
const cachedRowsMax = 5_000

if (parentPort === null) throw new Error('started as a thread only')
const port = parentPort
const { logPath, readModelPath } = workerData as ProjectorThreadData

const reader = await openSqliteEventReader({ path: logPath })
let readModel: ReadModel = await openSqliteReadModel({ path: readModelPath })
let isStopped = false
let wake: () => void = () => {}
let isAwake = false

const main = threadCalls(port, {
  wake: async () => {
    isAwake = true
    wake()
  },
  stop: async () => {
    isStopped = true
    wake()
    await stopped
  },
  switchTo: (path: string) => betweenSteps(() => switchTo(path)),
  retry: (parked: ParkedPlace) => betweenSteps(() => retry(parked)),
})

const projectorOf = (model: ReadModel): Projector =>
  createProjector({
    reader,
    readModel: model,
    fence: () => main.call<Fence>('fence'),
    park: (parked: ParkedEvent) => main.call('park', parked),
    pageSizeMax,
    cachedRowsMax,
  })

let projector = projectorOf(readModel)
/** What waits for its turn between two steps, which must not meet another one half done. */
const waiting: (() => Promise<void>)[] = []

function betweenSteps<Result>(work: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    waiting.push(() => work().then(resolve, reject))
    wake()
  })
}

/** Goes on with another read model, once that one has caught up. */
async function switchTo(path: string): Promise<void> {
  const next = await openSqliteReadModel({ path })
  const catchingUp = projectorOf(next)
  while (!(await catchingUp.step()).isCaughtUp && !isStopped) await nextTurn()
  await readModel.close()
  readModel = next
  projector = catchingUp
}

/** Tries a parked event again, behind all that was recorded until now. */
async function retry(parked: ParkedPlace): Promise<RetryOutcome> {
  for (;;) {
    const { retried, checkpoint } = await projector.step(parked)
    port.postMessage({ type: 'advanced', checkpoint })
    if (retried !== null) return retried
    if (isStopped) throw new Error('the projector stops')
    await nextTurn()
  }
}

/**
 * Lets messages in. A step of a backlog waits for nothing, and without this a thread that catches
 * up would not hear that it is to stop.
 */
const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      wake = () => {}
      resolve()
    }
    wake = done
  })
}

async function stepOnce(): Promise<StepResult | null> {
  try {
    const done = await projector.step()
    port.postMessage({ type: 'advanced', checkpoint: done.checkpoint })
    return done
  } catch (error) {
    const { message, cause } = error as Error
    const because = cause instanceof Error ? `${message}: ${cause.message}` : message
    port.postMessage({ type: 'stumbled', message: because })
    return null
  }
}

async function run(): Promise<void> {
  while (!isStopped) {
    for (const go of waiting.splice(0)) await go()
    isAwake = false
    const done = await stepOnce()
    if (done === null) await rest(retryMs)
    else if (!done.isCaughtUp) await nextTurn()
    else {
      await new Promise((resolve) => setTimeout(resolve, restMs))
      if (!isAwake && !isStopped && waiting.length === 0) await rest(heartbeatMs)
    }
  }
  await readModel.close()
  await reader.close()
}

const stopped = run()
await stopped
port.close()
