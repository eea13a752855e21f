import { Worker } from 'node:worker_threads'
import type { Fence } from '@ledger/ledger'
import type { RebuildThreadData } from './rebuild-thread.ts'
import { threadCalls } from './thread-calls.ts'

export type RebuildHostOptions = RebuildThreadData & {
  readonly fence: () => Promise<Fence>
  readonly onProgress: (applied: number) => void
}

/** A rebuild under way. */
export type RebuildHost = {
  /** Resolves true when the file is built, false when it was cancelled; rejects when it failed. */
  readonly finished: Promise<boolean>
  readonly cancel: () => Promise<void>
}

type Note = { readonly type: 'progress'; readonly applied: number }

/**
 * Builds a new read model file in a thread of its own; nothing waits for it, nothing is switched.
 */
export function startRebuild(options: RebuildHostOptions): RebuildHost {
  const { logPath, readModelPath, fence, onProgress } = options
  const workerData: RebuildThreadData = { logPath, readModelPath }
  const worker = new Worker(new URL('./rebuild-thread.ts', import.meta.url), { workerData })
  threadCalls(worker, { fence })
  let isCancelled = false
  worker.on('message', (note: Note) => {
    if (note.type === 'progress') onProgress(note.applied)
  })
  const finished = new Promise<boolean>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', (code) => {
      if (isCancelled) resolve(false)
      else if (code === 0) resolve(true)
      else reject(new Error(`the rebuild ended with ${code}`))
    })
  })
  return {
    finished,
    cancel: async () => {
      isCancelled = true
      await worker.terminate()
    },
  }
}
