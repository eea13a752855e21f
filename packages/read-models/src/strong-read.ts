import type { Micros, Position, SubjectEvent, SubjectId } from '@ledger/domain'
import { eventsAsOf, foldEvents, isSubjectEvent, subjectStream, upcast } from '@ledger/domain'
import type { EventReader, RecordedEvent } from '@ledger/ledger'
import type { FoldedRow } from './pair-answer.ts'

/** As of when, on both time axes. */
export type AsOf = {
  /** In force by then. */
  readonly at: Micros
  /** Recorded by then: an instant, or a position in the log. */
  readonly knownAt: Micros | Position
}

const isKnown = (stored: RecordedEvent, knownAt: AsOf['knownAt']): boolean =>
  typeof knownAt === 'number' ? stored.recordedAt <= knownAt : stored.position <= knownAt

/**
 * The row of one subject, folded from its stream at the log itself; undefined when nothing counts.
 */
export async function foldSubject(
  reader: Pick<EventReader, 'readStream'>,
  subject: SubjectId,
  asOf: AsOf,
): Promise<FoldedRow | undefined> {
  const stored = await reader.readStream(subjectStream(subject))
  const known = stored.filter((each) => isKnown(each, asOf.knownAt))
  if (known.length === 0) return undefined
  const events: SubjectEvent[] = []
  const parked: Position[] = []
  for (const each of known) {
    const read = upcast(each)
    if (read.ok && isSubjectEvent(read.event)) events.push(read.event)
    else parked.push(each.position)
  }
  const [first] = events
  const kind = first !== undefined && 'kind' in first.data ? first.data.kind : 'unknown'
  const counted = eventsAsOf(events, asOf.at, Number.MAX_SAFE_INTEGER)
  return { record: foldEvents(kind, counted), parked }
}

/** The rows of these subjects and of all that their links reach, folded from their streams. */
export async function foldWithKin(
  reader: EventReader,
  subjects: readonly SubjectId[],
  asOf: AsOf,
): Promise<ReadonlyMap<SubjectId, FoldedRow>> {
  const rows = new Map<SubjectId, FoldedRow>()
  const wanted = new Set<SubjectId>(subjects)
  for (const subject of wanted) {
    const row = await foldSubject(reader, subject, asOf)
    if (row === undefined) continue
    rows.set(subject, row)
    for (const { other } of Object.values(row.record.links)) wanted.add(other)
  }
  return rows
}
