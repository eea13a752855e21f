import type { EventData, EventId, Position, SubjectId } from '@ledger/domain'
import { subjectStream } from '@ledger/domain'
import { ownerLinkOf } from './draft-writes.ts'
import type { RecordDeps } from './record.ts'

/** Where a claimed event stands, and whether all stands that was to be written with it. */
export async function findRecorded(
  { store, keyring }: RecordDeps,
  subject: SubjectId,
  eventId: EventId,
): Promise<{ readonly position: Position; readonly isWhole: boolean } | null> {
  const events = await store.readStream(subjectStream(subject))
  const own = events.find(({ id }) => id === eventId)
  if (own === undefined) return null
  const { alsoUnder = [] } = own.data as Pick<EventData<'OptedIn'>, 'alsoUnder'>
  const ownIds = new Set(events.map(({ id }) => id))
  const isWholeUnder = async (other: SubjectId): Promise<boolean> => {
    const theirs = await store.readStream(subjectStream(other))
    const ids = new Set(theirs.map(({ id }) => id))
    const [there, back] = [ownerLinkOf(subject, other), ownerLinkOf(other, subject)]
    const isLinkWhole =
      ownIds.has(keyring.derivedId(eventId, there)) === ids.has(keyring.derivedId(eventId, back))
    return ids.has(keyring.derivedId(eventId, other)) && isLinkWhole
  }
  const copies = await Promise.all(alsoUnder.map(isWholeUnder))
  return { position: own.position, isWhole: copies.every(Boolean) }
}
