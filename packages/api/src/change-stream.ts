import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { stream } from './limits.ts'

/** What a stream of changes is made of. */
export type ChangeStreamSource<Change extends { readonly cursor: string }> = {
  /** The changes after a cursor, in order. */
  readonly read: (after: string | null) => Promise<readonly Change[]>
  /** A word for each heartbeat, such as how fresh the feed is; null ends the stream. */
  readonly heartbeat: () => Promise<string | null>
}

export type ChangeStreamOptions<Change extends { readonly cursor: string }> = {
  readonly response: ServerResponse
  readonly source: ChangeStreamSource<Change>
  readonly after: string | null
  readonly closing: AbortSignal
  readonly heartbeatMs?: number
}

/**
 * Writes changes as server-sent events until the client goes away or `closing` says so:
 *
 * - reading: a page is read and written; when the socket is full we wait for it to drain.
 * - resting: there was nothing new; after a while we read again, and say something every 15 s.
 *
 * An outage ends the stream: the client comes back with its Last-Event-ID and has lost nothing.
 */
export async function streamChanges<Change extends { readonly cursor: string }>({
  response,
  source,
  after,
  closing,
  heartbeatMs = stream.heartbeatMs,
}: ChangeStreamOptions<Change>): Promise<void> {
  const gone = new AbortController()
  const onGone = (): void => gone.abort()
  response.on('close', onGone)
  const signal = AbortSignal.any([gone.signal, closing])
  const write = async (text: string): Promise<void> => {
    if (!response.write(text)) await once(response, 'drain', { signal })
  }
  let at = after
  let heardAt = performance.now()
  try {
    await write(': changes\nretry: 2000\n\n')
    while (!signal.aborted) {
      const page = await source.read(at)
      for (const change of page) {
        await write(`id: ${change.cursor}\nevent: change\ndata: ${JSON.stringify(change)}\n\n`)
        at = change.cursor
      }
      const now = performance.now()
      if (page.length > 0) heardAt = now
      else if (now - heardAt >= heartbeatMs) {
        const word = await source.heartbeat()
        if (word === null) return
        await write(`: ${word}\n\n`)
        heardAt = now
      }
      if (page.length < stream.pageSize) await sleep(stream.pollMs, undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    response.off('close', onGone)
    response.end()
  }
}
