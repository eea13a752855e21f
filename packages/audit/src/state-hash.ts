import { createHash } from 'node:crypto'
import type { Group, GroupId, Micros, State, StateAnswer, SubjectId } from '@ledger/domain'
import type { FoldedRow } from '@ledger/read-models'
import { pairAnswer } from '@ledger/read-models'

/** One line of the whole state. */
export type StatePair = {
  readonly subject: SubjectId
  readonly group: GroupId
  readonly answer: StateAnswer
}

type Folded = {
  readonly rows: ReadonlyMap<SubjectId, FoldedRow>
  readonly groups: ReadonlyMap<GroupId, Group>
}

const isBlank = ({ state, held, sendBlock }: StateAnswer): boolean =>
  state === 'never' && !held && !sendBlock

/** Every pair of which there is something to say, by subject, then by group. */
export function* statePairs({ rows, groups }: Folded, at: Micros): Generator<StatePair> {
  const sortedGroups = [...groups.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const subject of [...rows.keys()].sort()) {
    for (const group of sortedGroups) {
      const answer = pairAnswer(group, subject, (each) => rows.get(each), at)
      if (!isBlank(answer)) yield { subject, group: group.id, answer }
    }
  }
}

/** How the whole state is summed up. */
export type StateSummary = {
  /** SHA-256 over one line per pair, in hex: equal states have equal hashes on every machine. */
  readonly hash: string
  readonly pairs: number
  readonly byGroup: ReadonlyMap<GroupId, ReadonlyMap<State, number>>
}

/**
 * Sums up the whole state at an instant. A line is subject, group, state, since, decisive event,
 * held, sendBlock, joined by tabs and ended by a line feed, in UTF-8.
 */
export function summarise(folded: Folded, at: Micros): StateSummary {
  const hash = createHash('sha256')
  const byGroup = new Map<GroupId, Map<State, number>>()
  let pairs = 0
  for (const { subject, group, answer } of statePairs(folded, at)) {
    const { state, since, decisiveEventId, held, sendBlock } = answer
    const line = [subject, group, state, since ?? '', decisiveEventId ?? '', held, sendBlock]
    hash.update(`${line.join('\t')}\n`, 'utf8')
    pairs += 1
    const counts = byGroup.get(group) ?? new Map<State, number>()
    counts.set(state, (counts.get(state) ?? 0) + 1)
    byGroup.set(group, counts)
  }
  return { hash: hash.digest('hex'), pairs, byGroup }
}
