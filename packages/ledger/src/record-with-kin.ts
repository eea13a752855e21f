import type { SubjectEvent, SubjectId, SubjectRecord } from '@ledger/domain'
import { foldEvents, isSubjectEvent, sharedRegisters, subjectStream, upcast } from '@ledger/domain'
import type { EventReader, RecordedEvent } from './event-store.ts'

/**
 * The events of a subject's stream that can be read; one that cannot holds the subject elsewhere.
 */
export function readableEvents(stored: readonly RecordedEvent[]): readonly SubjectEvent[] {
  return stored.flatMap((each) => {
    const read = upcast(each)
    return read.ok && isSubjectEvent(read.event) ? [read.event] : []
  })
}

/**
 * The record of a subject with what its links share joined in, so that a YES does not overlook a
 * STOP that was recorded under the person's other key.
 */
export async function recordWithKin(
  reader: Pick<EventReader, 'readStream'>,
  subject: SubjectId,
  kind: string,
  events: readonly SubjectEvent[],
): Promise<SubjectRecord> {
  const own = foldEvents(kind, events)
  const records = new Map<SubjectId, SubjectRecord>([[subject, own]])
  const wanted = new Set<SubjectId>([subject])
  for (const each of wanted) {
    const record =
      records.get(each) ??
      foldEvents('unknown', readableEvents(await reader.readStream(subjectStream(each))))
    records.set(each, record)
    for (const { other } of Object.values(record.links)) wanted.add(other)
  }
  return { ...own, registers: sharedRegisters(subject, (each) => records.get(each)) }
}
