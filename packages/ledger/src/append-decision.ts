import type {
  Decided,
  EventData,
  EventId,
  Group,
  Position,
  Signal,
  SubjectEvent,
  SubjectRecord,
} from '@ledger/domain'
import {
  classify,
  decideAffirmative,
  decideInferredOptOut,
  foldEvents,
  isUndatedInference,
  schemaVersion,
  subjectStream,
} from '@ledger/domain'
import type { ResolvedSubject } from './address-book.ts'
import type { DraftWrite } from './draft-writes.ts'
import { draftWrites, unlinked, voidedBy } from './draft-writes.ts'
import type { AppendResult } from './event-store.ts'
import { Outage } from './outage.ts'
import type { Parties, RecordDeps } from './record.ts'
import { readableEvents, recordWithKin } from './record-with-kin.ts'
import { sealEvent } from './seal-event.ts'

/** A claimed signal on its way into the log. */
export type ClaimedSignal = {
  readonly eventId: EventId
  readonly group: Group | undefined
  readonly parties: Parties
  readonly claim: number
  /** The claim was found: part of what it stands for may have been written by an earlier try. */
  readonly isRetry: boolean
}

export type Appended = {
  readonly position: Position
  /** The same signal, sent twice at once, was appended by the other request. */
  readonly wasThere: boolean
  /** Why the signal was quarantined, and for want of what; null when it counts. */
  readonly quarantined: Pick<EventData<'OptInQuarantined'>, 'reason' | 'missing'> | null
  /** An inferred opt-out that was noted as a block only (P19). */
  readonly isBlock: boolean
}

const decisionsMax = 10

/**
 * Decides what a claimed signal means and appends it. A decision that rests on the subject's stream
 * is appended at the revision that was read, and made again on conflict; all others need no
 * revision, because the law does not depend on the order of signals.
 */
export async function appendDecision(
  deps: RecordDeps,
  signal: Signal,
  claimed: ClaimedSignal,
): Promise<Appended> {
  for (let attempt = 0; attempt < decisionsMax; attempt += 1) {
    const read = needsStream(signal, claimed.parties)
      ? await readStream(deps, signal, claimed.parties)
      : nothingRead
    const decided = decide(deps, signal, claimed, read)
    const writes = layOut(deps, signal, claimed, read, decided)
    const own = await appendAll(deps, signal, writes, read.expected)
    if (!own.ok) continue
    const [place] = own.placed
    if (place === undefined) throw new Error('an append placed no event')
    const { position, wasThere } = place
    const { type, data } = decided[0]
    const quarantined = type === 'OptInQuarantined' ? data : null
    return { position, wasThere, quarantined, isBlock: type === 'SendBlocked' }
  }
  throw new Outage('contention')
}

/** What the decision may rest on besides the signal. */
type Read = {
  readonly events: readonly SubjectEvent[]
  /** The subject as its stream has it; null when that was not read. */
  readonly record: SubjectRecord | null
  readonly voided: ReturnType<typeof voidedBy> | undefined
  /** Subjects that a correction reaches through the copies of what it voids. */
  readonly reached: readonly ResolvedSubject[]
  /** The revision to append at; undefined when any will do. */
  readonly expected: number | undefined
}

const nothingRead: Read = {
  events: [],
  record: null,
  voided: undefined,
  reached: [],
  expected: undefined,
}

const needsStream = (signal: Signal, parties: Parties): boolean =>
  signal.action === 'affirmative' ||
  signal.action === 'correction' ||
  isUndatedInference(signal) ||
  parties.copies.length > 0

async function readStream(deps: RecordDeps, signal: Signal, parties: Parties): Promise<Read> {
  const stored = await deps.store.readStream(subjectStream(parties.primary.subject))
  const events = readableEvents(stored)
  const voided = signal.voids === undefined ? undefined : voidedBy(signal.voids, events)
  const known = new Set([parties.primary, ...parties.copies].map(({ subject }) => subject))
  const further = voided?.alsoUnder.filter((subject) => !known.has(subject)) ?? []
  const reached = await deps.book.hold(further)
  const revision = stored.at(-1)?.revision ?? -1
  const { subject, kind } = parties.primary
  if (signal.action !== 'affirmative') {
    const record = foldEvents(kind, events)
    const expected = isUndatedInference(signal) ? revision : undefined
    return { events, record, voided, reached, expected }
  }
  const record = await recordWithKin(deps.store, subject, kind, events)
  return { events, record, voided, reached, expected: revision }
}

function decide(deps: RecordDeps, signal: Signal, claimed: ClaimedSignal, read: Read): Decided {
  const { other } = claimed.parties
  const recordedAt = deps.clock.stamp()
  const clockDoubtMicros = deps.clockDoubt()
  const context = { policy: deps.policy, recordedAt, clockDoubtMicros }
  if (signal.action === 'affirmative') {
    if (read.record === null) throw new Error('a YES is decided against its subject')
    return decideAffirmative(signal, read.record, deps.groups.list(), context)
  }
  if (isUndatedInference(signal)) {
    return decideInferredOptOut(signal, read.events, { ...context, group: claimed.group })
  }
  const { action } = signal
  const voids = read.voided?.ids ?? signal.voids
  return classify(
    { ...signal, action, voids },
    {
      ...context,
      group: claimed.group,
      other,
      voidsOnlyOptIns: read.voided?.areAllOptIns,
    },
  )
}

function layOut(
  deps: RecordDeps,
  signal: Signal,
  claimed: ClaimedSignal,
  read: Read,
  decided: Decided,
): readonly DraftWrite<ResolvedSubject>[] {
  const { primary, copies, other } = claimed.parties
  // A decision that may be made again on conflict writes to one stream only, where it is atomic.
  const isDecisive = read.expected !== undefined
  return draftWrites(decided, {
    eventId: claimed.eventId,
    claim: claimed.claim,
    primary,
    copies: isDecisive ? [] : [...copies, ...read.reached],
    other,
    toLink: isDecisive || signal.action === 'correction' ? [] : linksToMake(claimed, read),
    derivedId: deps.keyring.derivedId,
  })
}

/**
 * An earlier try may have written one half of a link before the subjects were linked by another
 * signal, so a retry writes both halves whatever it finds; what is there is not added again.
 */
const linksToMake = (
  { parties, isRetry }: ClaimedSignal,
  read: Read,
): readonly ResolvedSubject[] => (isRetry ? parties.copies : unlinked(read.record, parties.copies))

/**
 * Appends to all streams at once, the own one last, so that they mostly share one commit; a retry
 * looks for all of them. Gives the result of the own append.
 */
async function appendAll(
  deps: RecordDeps,
  signal: Signal,
  writes: readonly DraftWrite<ResolvedSubject>[],
  expected: number | undefined,
): Promise<AppendResult> {
  // No await between a stamp and its append: stamps must reach the log in the order they were
  // taken.
  const appended = await Promise.all(
    writes.map(({ to, drafts }, nth) => {
      const stream = subjectStream(to.subject)
      const personal = personalPart(signal, to)
      const events = drafts.map(({ id, type, data }) => {
        const sealed = sealEvent(to.dataKey, { stream, id, type, schemaVersion }, personal)
        return { id, type, schemaVersion, recordedAt: deps.clock.stamp(), data, sealed }
      })
      const isOwn = nth === writes.length - 1
      const options = isOwn && expected !== undefined ? { expected } : undefined
      return deps.store.append(stream, events, options)
    }),
  )
  const own = appended.at(-1)
  if (own === undefined) throw new Error('a signal writes to no stream')
  return own
}

/**
 * What names a person: each stream holds only its own address, so that erasing one erases all of
 * it.
 */
function personalPart(signal: Signal, to: ResolvedSubject): object {
  const { source, id, evidence, sentAt } = signal
  return {
    source,
    id,
    ...(to.given === null ? {} : { address: to.given }),
    ...(Object.keys(evidence).length === 0 ? {} : { evidence }),
    ...(sentAt === undefined ? {} : { sentAt }),
  }
}
