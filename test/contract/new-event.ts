import { randomBytes, randomUUID } from 'node:crypto'
import type { EventId, SubjectId } from '@ledger/domain'
import { subjectStream } from '@ledger/domain'
import type { NewEvent } from '@ledger/ledger'
import { uuidV7 } from '@ledger/ledger'

let recordedAt = 1_790_000_000_000_000

/** An event like the ledger's own, recorded after all that were made before it. */
export function newEvent(changes: Partial<NewEvent> = {}): NewEvent {
  recordedAt += 1
  return {
    id: randomUUID() as EventId,
    type: 'OptedIn',
    schemaVersion: 1,
    recordedAt,
    data: { kind: 'phone', authority: 'person', bound: recordedAt },
    sealed: randomBytes(40),
    ...changes,
  }
}

export const newEvents = (count: number): readonly NewEvent[] =>
  Array.from({ length: count }, () => newEvent())

export const newSubject = (): SubjectId => uuidV7(recordedAt / 1_000) as SubjectId

/** The stream of a subject that nobody has spoken of yet. */
export const newStream = (): string => subjectStream(newSubject())
