import { hash } from 'node:crypto'
import type { StateSummary } from '@ledger/audit'
import { replay, summarise } from '@ledger/audit'
import type { GroupId, Group, SubjectEvent, SubjectId } from '@ledger/domain'
import { foldEvents, isSubjectEvent, subjectOfStream, upcast } from '@ledger/domain'
import type { EventReader } from '@ledger/ledger'
import type { FoldedRow } from '@ledger/read-models'

/** The state as replayed, and as folded from the same events in another order and twice each. */
export type ShuffledState = {
  readonly events: number
  readonly replayed: StateSummary
  readonly shuffled: StateSummary
}

/**
 * Folds the recorded events in a random order and each of them twice.
 * @param seed what the order is made of, so that it can be had again
 */
export async function shuffledState(
  reader: EventReader,
  at: number,
  seed: string,
): Promise<ShuffledState> {
  const replayed = await replay(reader, { at, knownAt: Number.MAX_SAFE_INTEGER })
  const bySubject = new Map<SubjectId, SubjectEvent[]>()
  const all = await reader.readAll(null, replayed.events)
  for (const stored of shuffle([...all, ...all], seed)) {
    const subject = subjectOfStream(stored.stream)
    const read = upcast(stored)
    if (subject === null || !read.ok || !isSubjectEvent(read.event)) continue
    const events = bySubject.get(subject) ?? []
    events.push(read.event)
    bySubject.set(subject, events)
  }
  const rows = new Map<SubjectId, FoldedRow>()
  for (const [subject, events] of bySubject) {
    const [first] = events
    const kind = first !== undefined && 'kind' in first.data ? first.data.kind : 'unknown'
    rows.set(subject, { record: foldEvents(kind, events), parked: [] })
  }
  const groups: ReadonlyMap<GroupId, Group> = replayed.groups
  return {
    events: all.length,
    replayed: summarise(replayed, at),
    shuffled: summarise({ rows, groups }, at),
  }
}

/**
 * Sorts by a hash of the seed and the place: any seed gives a random order, and always the same.
 */
function shuffle<Item>(items: readonly Item[], seed: string): readonly Item[] {
  const keyed = items.map((item, place) => ({ item, key: hash('sha256', `${seed} ${place}`) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ item }) => item)
}
