import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { groupQueue } from './group-queue.ts'
import type { WriterFile } from './writer-thread.ts'

/** The calling thread's end of a thread that writes one file. */
export type Writer<Request, Reply> = {
  /**
   * Has a request written; resolves once it is durable. Requests are written in the order sent.
   * Rejects with an Outage, or with an Error when the request itself was refused.
   */
  readonly send: (request: Request) => Promise<Reply>
  readonly isStopped: () => boolean
  /** Resolves when all that was sent before is settled, well or badly. */
  readonly settled: () => Promise<void>
  /** Writes what is waiting, closes the file and ends the thread. */
  readonly close: () => Promise<void>
}

export type WriterOptions<Reply> = {
  /** Called after each group with its replies, once these are durable and their senders know. */
  readonly onWritten?: (replies: readonly (Reply | null)[]) => void
}

/** Starts the thread that writes one file. The file must have been prepared. */
export async function openWriter<Request, Reply>(
  file: WriterFile,
  { onWritten = () => undefined }: WriterOptions<Reply> = {},
): Promise<Writer<Request, Reply>> {
  const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), {
    workerData: file,
    // What a group brings is garbage when it is written: a large nursery would only be resident.
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
  })
  await once(worker, 'message') // 'ready'; rejects with the error that kept it from opening
  const queue = groupQueue(worker, onWritten as (replies: readonly unknown[]) => void)
  let lastSent: Promise<unknown> = Promise.resolve()
  // Requests are settled in the order sent: the last one's turn is everybody's.
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
    isStopped: () => queue.refusal()?.code === 'write-stopped',
    settled,
    close: () => (closed ??= queue.close(settled)),
  }
}
