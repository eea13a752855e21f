import { randomUUID } from 'node:crypto'
import type { EventData, EventId, NormalAddress, Signal, SubjectId } from '@ledger/domain'
import { isSubjectEvent, normaliseAddress, subjectStream, upcast } from '@ledger/domain'
import type { AddressBook } from './address-book.ts'
import type { Review } from './desk.ts'
import type { EventReader, RecordedEvent } from './event-store.ts'
import type { Ledger } from './open-ledger.ts'
import { Outage } from './outage.ts'
import type { RecordOutcome } from './record-outcome.ts'
import { openEvent } from './seal-event.ts'

/** What a reviewer found out about an event under review. */
export type Finding =
  | { readonly decision: 'opt-out' | 'not-opt-out' }
  /** The address at which the person who wants out can be reached. */
  | { readonly decision: 'address'; readonly address: NormalAddress }

type FindingDeps = {
  readonly ledger: Pick<Ledger, 'record' | 'book'>
  readonly reader: Pick<EventReader, 'readStream'>
}

/** The source under which the ledger itself signals what its reviewers find. */
const reviewSource = 'urn:ledger:reviews'

/**
 * Records what a reviewer found, by the write path that every signal takes. The same finding by the
 * same key is the same signal, so a repeat adds nothing, also after a crash.
 * @param by the id of the reviewer's key
 * @returns null when the person was erased since: then there is nobody left to record it about
 */
export async function recordFinding(
  { ledger, reader }: FindingDeps,
  { id, subject, eventId }: Pick<Review, 'id' | 'subject' | 'eventId'>,
  finding: Finding,
  by: string,
): Promise<RecordOutcome | null> {
  const reviewed = await findReviewed(reader, subject, eventId)
  const { scope, actor, method, clock, effectiveAt, alsoUnder } = spokenIn(reviewed)
  const { decision } = finding
  const found = {
    source: reviewSource,
    id: [id, decision, by].join('/'),
    scope,
    // When it was said, by the clock that told it: a review tells nothing new of that.
    clock,
    claimedAt: effectiveAt,
    evidence: { review: id, decidedBy: by },
  }
  if (decision === 'address') {
    // On the word of whoever wanted out; the reviewer has only read the address.
    const addresses = [finding.address] as const
    return ledger.record({ ...found, action: 'opt-out', addresses, actor, method })
  }
  const addresses = await addressesOf(ledger.book, [reviewed.subject, ...(alsoUnder ?? [])])
  if (addresses === null) return null
  const resolved: Pick<Signal, 'action' | 'decision'> = {
    action: 'intent-resolved',
    decision: decision === 'opt-out' ? 'opt-out' : 'dismissed',
  }
  const signal: Signal = { ...found, ...resolved, addresses, actor: 'staff', method: 'review' }
  const outcome = await ledger.record(signal)
  if (outcome.outcome !== 'conflict') return outcome
  // Somebody else has used this source and id: what was found is recorded under one nobody knows.
  return ledger.record({ ...signal, id: `${signal.id}/${randomUUID()}` })
}

/** What a sealed event says of its person, as far as a reviewer needs it. */
export type Said = {
  readonly source: string | null
  readonly id: string | null
  /** The address as it was written; null when the event holds none. */
  readonly address: string | null
  readonly evidence: Readonly<Record<string, unknown>>
}

/** Opens what was said in an event under review; null when the person was erased since. */
export async function openReviewed(
  { ledger, reader }: FindingDeps,
  { subject, eventId }: Pick<Review, 'subject' | 'eventId'>,
): Promise<Said | null> {
  const { stored, subject: known } = await findReviewed(reader, subject, eventId)
  const [holder] = await ledger.book.hold([known])
  if (holder === undefined || stored.sealed === null) return null
  const { stream, id, type, schemaVersion } = stored
  const place = { stream, id, type, schemaVersion }
  const opened = openEvent(holder.dataKey, place, stored.sealed)
  if (opened === null) return null
  const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return {
    source: textOf(opened['source']),
    id: textOf(opened['id']),
    address: textOf(opened['address']),
    evidence: (opened['evidence'] as Said['evidence'] | undefined) ?? {},
  }
}

type Reviewed = { readonly subject: SubjectId; readonly stored: RecordedEvent }

async function findReviewed(
  reader: FindingDeps['reader'],
  subject: SubjectId | null,
  eventId: EventId | null,
): Promise<Reviewed> {
  const events = subject === null ? [] : await reader.readStream(subjectStream(subject))
  const stored = events.find(({ id }) => id === eventId)
  // Listed before its event was appended, by a request that is still under way or has failed.
  if (subject === null || stored === undefined) throw new Outage('unavailable')
  return { subject, stored }
}

/** The clear part of an event under review; both kinds of them have these fields. */
function spokenIn({ stored }: Reviewed): EventData<'OptedOut'> {
  const read = upcast(stored)
  if (!read.ok || !isSubjectEvent(read.event) || !('scope' in read.event.data)) {
    throw new Outage('unavailable')
  }
  return read.event.data
}

async function addressesOf(
  book: Pick<AddressBook, 'reveal'>,
  subjects: readonly SubjectId[],
): Promise<Signal['addresses'] | null> {
  const revealed = await book.reveal(subjects)
  const known = revealed.flatMap((address) => (address === null ? [] : normaliseAddress(address)))
  const [first, ...rest] = known
  return first === undefined ? null : [first, ...rest]
}
