import type { Group, GroupId, Micros, Position, SubjectId } from '@ledger/domain'
import { applyEvent, emptyRecord, isSubjectEvent, subjectOfStream, upcast } from '@ledger/domain'
import type { EventReader, RecordedEvent } from '@ledger/ledger'
import { applyGroupEvent } from '@ledger/ledger'
import type { AsOf, FoldedRow } from '@ledger/read-models'
import { foldSubject, kindOf, unknownKind, withKind } from '@ledger/read-models'

/** What the log says, as of some instant, as known at some other. */
export type Replayed = {
  readonly rows: ReadonlyMap<SubjectId, FoldedRow>
  readonly groups: ReadonlyMap<GroupId, Group>
  /** How many events were read, counted or not. */
  readonly events: number
  /** The last event read; null for an empty log. */
  readonly head: Position | null
}

const pageSize = 5_000

/**
 * Folds the whole log anew: only events in force by `at` and recorded by `knownAt` count. Reads in
 * pages and never writes; an event that cannot be read holds its subject.
 */
export async function replay(
  reader: EventReader,
  asOf: AsOf,
  onProgress: (events: number) => void = () => {},
): Promise<Replayed> {
  const folding: Folding = { rows: new Map(), groups: new Map(), refold: new Set() }
  let events = 0
  let head: Position | null = null
  for (;;) {
    const page = await reader.readAllClear(head, pageSize)
    for (const stored of page) if (isKnown(stored, asOf.knownAt)) take(folding, stored, asOf.at)
    events += page.length
    head = page.at(-1)?.position ?? head
    onProgress(events)
    if (page.length < pageSize) break
  }
  const end = head
  const upToEnd: Pick<EventReader, 'readStream'> = {
    // Beside a running ledger a stream may hold more by now than the pages did.
    readStream: async (stream) =>
      (await reader.readStream(stream)).filter(({ position }) => end !== null && position <= end),
  }
  for (const subject of folding.refold) {
    // What a correction voids cannot be subtracted from a join: these few are folded from their
    // streams.
    const row = await foldSubject(upToEnd, subject, asOf)
    if (row !== undefined) folding.rows.set(subject, row)
  }
  const { rows, groups } = folding
  return { rows, groups, events, head }
}

type Folding = {
  readonly rows: Map<SubjectId, FoldedRow>
  readonly groups: Map<GroupId, Group>
  readonly refold: Set<SubjectId>
}

const isKnown = (stored: RecordedEvent, knownAt: AsOf['knownAt']): boolean =>
  typeof knownAt === 'number' ? stored.recordedAt <= knownAt : stored.position <= knownAt

function take(folding: Folding, stored: RecordedEvent, at: Micros): void {
  const subject = subjectOfStream(stored.stream)
  const read = upcast(stored)
  if (subject === null) {
    if (read.ok) applyGroupEvent(folding.groups, read.event)
    return
  }
  const row = folding.rows.get(subject)
  if (!read.ok || !isSubjectEvent(read.event)) {
    const record = row?.record ?? emptyRecord(unknownKind)
    folding.rows.set(subject, { record, parked: [...(row?.parked ?? []), stored.position] })
    return
  }
  const { event } = read
  // What a correction voids was never true, so it is void at every instant, also before the
  // correction.
  if (event.type === 'Corrected') {
    folding.refold.add(subject)
    return
  }
  if ('effectiveAt' in event.data && event.data.effectiveAt > at) return
  const record = applyEvent(withKind(row?.record, kindOf(event)), event)
  if (record === null) throw new Error(`${event.type} cannot be added to a record`)
  folding.rows.set(subject, { record, parked: row?.parked ?? [] })
}
