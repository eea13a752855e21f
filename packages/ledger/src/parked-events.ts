import { subjectOfStream } from '@ledger/domain'
import type { Desk, ParkedEvent } from './desk.ts'

/** Puts an event that could not be applied where operators find it, and lists it for review. */
export async function parkAtDesk(
  desk: Pick<Desk, 'park' | 'addReview'>,
  parked: ParkedEvent,
): Promise<void> {
  const { position, stream, eventId, parkedAt: at } = parked
  await desk.park(parked)
  const subject = subjectOfStream(stream)
  await desk.addReview({ id: position, at, kind: 'parked-event', subject, eventId })
}
