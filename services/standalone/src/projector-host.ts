import { Worker } from 'node:worker_threads'
import type { Fence, ParkedEvent } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import type { Checkpoint, ParkedPlace, RetryOutcome } from '@ledger/read-models'
import type { ProjectorThreadData } from './projector-thread.ts'
import { threadCalls } from './thread-calls.ts'

export type ProjectorHostOptions = ProjectorThreadData & {
  readonly fence: () => Promise<Fence>
  readonly park: (parked: ParkedEvent) => Promise<void>
  readonly onAdvanced: (checkpoint: Checkpoint) => void
  readonly onStumbled: (message: string) => void
  /** The thread ended without being asked to. */
  readonly onDied: (error: Error) => void
}

/** The projector, running in a thread of its own. */
export type ProjectorHost = {
  /** Says that there is something new; hints are free to be lost. */
  readonly wake: () => void
  /** Goes on with another read model file; resolves when that one has caught up. */
  readonly switchTo: (path: string) => Promise<void>
  /** Tries a parked event again, and says what became of it. */
  readonly retry: (parked: ParkedPlace) => Promise<RetryOutcome>
  readonly stop: () => Promise<void>
}

type Note =
  | { readonly type: 'advanced'; readonly checkpoint: Checkpoint }
  | { readonly type: 'stumbled'; readonly message: string }

export function startProjector(options: ProjectorHostOptions): ProjectorHost {
  const { logPath, readModelPath, fence, park, onAdvanced, onStumbled, onDied } = options
  const workerData: ProjectorThreadData = { logPath, readModelPath }
  const worker = new Worker(new URL('./projector-thread.ts', import.meta.url), { workerData })
  let isStopping = false
  const thread = threadCalls(worker, { fence, park })
  worker.on('message', (note: Note) => {
    if (note.type === 'advanced') onAdvanced(note.checkpoint)
    if (note.type === 'stumbled') onStumbled(note.message)
  })
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      const died = new Error('the projector thread ended')
      thread.abandon(died)
      if (!isStopping) onDied(died)
      resolve()
    })
  })
  worker.on('error', (error) => onStumbled(error instanceof Error ? error.message : String(error)))

  let isWaking = false
  return {
    wake: () => {
      // One hint on its way is enough: whoever gets it reads all there is.
      if (isWaking || isStopping) return
      isWaking = true
      thread
        .call('wake')
        .catch(() => {})
        .finally(() => {
          isWaking = false
        })
    },
    switchTo: (path) => thread.call('switchTo', path),
    retry: async ({ stream, position }) => {
      try {
        return await thread.call<RetryOutcome>('retry', { stream, position })
      } catch (error) {
        throw new Outage('unavailable', { cause: error })
      }
    },
    stop: async () => {
      isStopping = true
      await thread.call('stop').catch(() => {})
      await exited
    },
  }
}
