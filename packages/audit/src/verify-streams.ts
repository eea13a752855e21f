import type { EventId } from '@ledger/domain'
import type { Report } from './finding.ts'

/** Where an event stands in its stream. */
export type StreamPlace = {
  readonly stream: string
  readonly revision: number
  readonly id: EventId
}

/** The places of all events, stream by stream, each in the order of its revisions. */
export type StreamOrder = {
  /** Up to `limit` places after one, null: from the first. */
  readonly placesAfter: (
    after: StreamPlace | null,
    limit: number,
  ) => Promise<readonly StreamPlace[]>
}

const pageSize = 5_000

/**
 * Holds every stream to its revisions: dense from 0, and no id twice. Keeps the ids of one stream
 * in memory, which is as long as what was ever said about one address.
 */
export async function verifyStreams({ placesAfter }: StreamOrder, report: Report): Promise<void> {
  let before: StreamPlace | null = null
  const ids = new Set<EventId>()
  for (;;) {
    const page: readonly StreamPlace[] = await placesAfter(before, pageSize)
    for (const place of page) {
      const { stream, revision, id } = place
      const isSame: boolean = before?.stream === stream
      if (!isSame) ids.clear()
      const expected: number = isSame && before !== null ? before.revision + 1 : 0
      const where = `${stream} revision ${revision}`
      if (revision !== expected) report({ area: 'log', where, code: 'revision-gap' })
      if (ids.has(id)) report({ area: 'log', where, code: 'doubled-event' })
      ids.add(id)
      before = place
    }
    if (page.length < pageSize) return
  }
}
