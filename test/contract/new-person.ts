import { randomBytes, randomUUID } from 'node:crypto'
import type { EventId } from '@ledger/domain'
import type { NewClaim, NewSubject } from '@ledger/ledger'
import { newSubject } from './new-event.ts'

/** A subject about to be created, with a made-up address. */
export const newPerson = (changes: Partial<NewSubject> = {}): NewSubject => ({
  subject: newSubject(),
  kind: 'phone',
  addressHash: randomBytes(16),
  envelope: randomBytes(72),
  ...changes,
})

/** The claim of a made-up event about somebody. */
export const newClaim = (
  person: Pick<NewSubject, 'subject'>,
  changes: Partial<NewClaim> = {},
): NewClaim => ({
  eventId: randomUUID() as EventId,
  subject: person.subject,
  digest: randomBytes(16),
  newSubjects: [],
  ...changes,
})
