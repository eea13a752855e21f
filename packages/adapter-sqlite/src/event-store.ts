import type { AppendResult, EventStore, NewEvent } from '@ledger/ledger'
import { latin1 } from './binary.ts'
import { openReading, prepareDatabase } from './database.ts'
import { readEvents } from './event-reader.ts'
import { logFile } from './file-kind.ts'
import type { AppendReply, AppendRequest, SentEvent } from './log-writes.ts'
import { positionOf } from './position.ts'
import { openWriter } from './writer.ts'

const sentEvent = (event: NewEvent): SentEvent => [
  event.id,
  event.type,
  event.schemaVersion,
  event.recordedAt,
  JSON.stringify(event.data),
  event.sealed === null ? null : latin1(event.sealed),
]

const hasNews = (reply: AppendReply | null): boolean =>
  Array.isArray(reply) && reply.some(([, , wasThere]) => !wasThere)

/**
 * Opens the log, creating it when there is none. Appends are written by a thread of its own, one
 * fsync for all that wait; reads run on the calling thread.
 * @throws IncompatibleDatabase when the file is another one, or a newer one
 */
export async function openSqliteEventStore({
  path,
}: {
  readonly path: string
}): Promise<EventStore> {
  prepareDatabase(path, logFile)
  const listeners = new Set<() => void>()
  const writer = await openWriter<AppendRequest, AppendReply>(
    { kind: 'log', path },
    {
      onWritten: (replies) => {
        if (replies.some(hasNews)) for (const wake of listeners) wake()
      },
    },
  )
  const database = openReading(path, logFile)
  const reader = readEvents(database)
  const { logId } = reader

  const resultOf = (reply: AppendReply): AppendResult => {
    if (typeof reply === 'number') return { ok: false, actualRevision: reply }
    const placed = reply.map(([number, revision, wasThere]) => {
      return { position: positionOf(logId, number), revision, wasThere }
    })
    return { ok: true, placed }
  }

  let closed: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await writer.settled()
    // The writer closes last: it alone can empty the write-ahead log into the file.
    database.close()
    await writer.close()
  }

  return {
    ...reader,
    append: async (stream, events, { expected } = {}) => {
      const revision = expected === 'no-stream' ? -1 : (expected ?? null)
      return resultOf(await writer.send([stream, revision, events.map(sentEvent)]))
    },
    head: async () => {
      await writer.settled()
      return reader.head()
    },
    onAppended: (wake) => {
      // Each call has its own undoing, also when the same function is given twice.
      const listener = () => wake()
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    isWriteStopped: writer.isStopped,
    close: () => (closed ??= close()),
  }
}
