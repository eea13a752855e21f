import type { FindRecord, Group, Micros, Position, StateAnswer, SubjectId } from '@ledger/domain'
import { kinOf, liveLinks, stateOfSubject } from '@ledger/domain'
import type { SubjectRow } from './read-model.ts'

/** The part of a row that an answer rests on, from the read model or folded at the log. */
export type FoldedRow = Pick<SubjectRow, 'record' | 'parked'>
export type FindRow = (subject: SubjectId) => FoldedRow | undefined

const recordsOf =
  (find: FindRow): FindRecord =>
  (subject) =>
    find(subject)?.record

/**
 * The answer for one subject and group from read model rows: the law's, and held while an event
 * about the subject or its kin could not be applied.
 */
export function pairAnswer(
  group: Group,
  subject: SubjectId,
  find: FindRow,
  at: Micros,
): StateAnswer {
  const findRecord = recordsOf(find)
  const answer = stateOfSubject(group, subject, findRecord, at)
  if (answer.held || parkedAbout(subject, find, findRecord).length === 0) return answer
  return { ...answer, held: true }
}

function parkedAbout(
  subject: SubjectId,
  find: FindRow,
  findRecord: FindRecord,
): readonly Position[] {
  const row = find(subject)
  if (row === undefined) return []
  if (Object.keys(row.record.links).length === 0) return row.parked
  return kinOf(subject, findRecord).flatMap((kin) => find(kin)?.parked ?? [])
}

/** False for an external id whose addresses are counted in its place. */
export function isCounted(row: FoldedRow): boolean {
  if (row.record.kind !== 'external-id') return true
  return !liveLinks(row.record).some(({ relation }) => relation === 'owner')
}

/** True when there is nothing to say of the pair, and so no member row. */
export function isBlank(answer: StateAnswer): boolean {
  return answer.state === 'never' && !answer.held && !answer.sendBlock
}
