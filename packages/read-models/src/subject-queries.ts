import type { Address, EventId, Group, StateAnswer, SubjectEvent, SubjectId } from '@ledger/domain'
import {
  explain,
  isSubjectEvent,
  liveLinks,
  maskAddress,
  normaliseAddress,
  sharedRegisters,
  subjectStream,
  upcast,
} from '@ledger/domain'
import type { Explanation } from '@ledger/domain'
import type { Attempt, Desk, RecordedEvent } from '@ledger/ledger'
import type { Freshness } from './freshness.ts'
import { pairAnswer } from './pair-answer.ts'
import type { QueryDeps, ReadOptions } from './queries.ts'
import { look } from './queries.ts'
import { foldWithKin } from './strong-read.ts'

export type LookupAnswer = {
  readonly subject: SubjectId
  readonly kind: string
  /** The other keys of the same person, masked. */
  readonly links: readonly {
    readonly subject: SubjectId
    readonly relation: string
    readonly kind: string
    readonly masked: string | null
  }[]
  readonly groups: readonly { readonly group: Group; readonly answer: StateAnswer }[]
  readonly freshness: Freshness
}

/** Everything known of the subject of an address; null when nothing was ever recorded under it. */
export async function lookUp(
  deps: QueryDeps,
  address: Address,
  options: ReadOptions,
): Promise<LookupAnswer | null> {
  const [subject] = await deps.book.find([normaliseAddress(address)])
  if (!subject) return null
  const seen = await look(deps, [subject], options)
  const record = seen.rows.get(subject)?.record
  const links = record === undefined ? [] : liveLinks(record)
  const addresses = await deps.book.reveal(links.map(({ other }) => other))
  const groups = [...seen.groups.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    subject,
    kind: record?.kind ?? address.kind,
    links: links.map(({ other, relation, otherKind }, index) => {
      const revealed = addresses[index]
      const masked = revealed ? maskAddress(revealed) : null
      return { subject: other, relation, kind: otherKind, masked }
    }),
    groups: groups.map((group) => ({
      group,
      answer: pairAnswer(group, subject, (each) => seen.rows.get(each), seen.at),
    })),
    freshness: seen.freshness,
  }
}

const everythingKnown = { at: Number.MAX_SAFE_INTEGER, knownAt: Number.MAX_SAFE_INTEGER }

/** Says of an event that decides from elsewhere that the timeline does not hold it. */
function sayingWhere(own: readonly SubjectEvent[]) {
  const ids = new Set<EventId | undefined>(
    own.flatMap(({ id, data }) => ('copyOf' in data ? [id, data.copyOf] : [id])),
  )
  return (explanation: Explanation): Explanation => {
    const { because, why } = explanation
    if (because === undefined || ids.has(because)) return explanation
    return { ...explanation, why: `${why} That was said under a linked address.` }
  }
}

/** One line of a subject's timeline. */
export type HistoryEntry =
  | {
      readonly kind: 'event'
      readonly stored: RecordedEvent
      /** Null for an event that cannot be read; it holds the subject until it can. */
      readonly event: SubjectEvent | null
      readonly explanation: Pick<Explanation, 'counts' | 'why'> & Partial<Explanation>
    }
  | { readonly kind: 'attempt'; readonly attempt: Attempt }

/**
 * All that was ever said and tried about a subject, oldest first, each with why it counts or not;
 * null when there is no such subject.
 */
export async function readHistory(
  deps: QueryDeps,
  desk: Pick<Desk, 'attemptsOf'>,
  groups: readonly Group[],
  subject: SubjectId,
): Promise<readonly HistoryEntry[] | null> {
  const [stored, attempts] = await Promise.all([
    deps.reader.readStream(subjectStream(subject)),
    desk.attemptsOf(subject),
  ])
  if (stored.length === 0 && attempts.length === 0) return null
  const events = new Map<EventId, SubjectEvent>()
  for (const each of stored) {
    const read = upcast(each)
    if (read.ok && isSubjectEvent(read.event)) events.set(each.id, read.event)
  }
  const rows = await foldWithKin(deps.reader, [subject], everythingKnown)
  const shared = sharedRegisters(subject, (each) => rows.get(each)?.record)
  const own = [...events.values()]
  const explanations = explain(own, groups, deps.now(), shared).map(sayingWhere(own))
  const explained = new Map(explanations.map((each) => [each.eventId, each]))
  const unreadable = { counts: false, why: 'The event cannot be read; the subject is held.' }
  const entries = [
    ...stored.map((each): HistoryEntry => ({
      kind: 'event',
      stored: each,
      event: events.get(each.id) ?? null,
      explanation: explained.get(each.id) ?? unreadable,
    })),
    ...attempts.map((attempt): HistoryEntry => ({ kind: 'attempt', attempt })),
  ]
  const at = (entry: HistoryEntry): number =>
    entry.kind === 'event' ? entry.stored.recordedAt : entry.attempt.at
  return entries.sort((a, b) => at(a) - at(b))
}
