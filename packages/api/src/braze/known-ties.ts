import type { Address, NormalAddress, SubjectId } from '@ledger/domain'
import { liveLinks, normaliseAddress } from '@ledger/domain'
import type { QueryDeps } from '@ledger/read-models'
import { foldSubject } from '@ledger/read-models'
import type { Tie } from './entry.ts'

const now = { at: Number.MAX_SAFE_INTEGER, knownAt: Number.MAX_SAFE_INTEGER }

const endsOf = ({ externalId, from, to }: Tie): readonly NormalAddress[] => {
  const other: Address = to ?? { kind: 'external-id', value: externalId ?? '' }
  return [normaliseAddress(from), normaliseAddress(other)]
}

/**
 * The ties that the log does not hold yet, each once. A backend says who somebody is with every change of a
 * profile; the log need not grow with each. Read from the log itself, which has the last word.
 */
export async function newTies(
  { book, reader }: Pick<QueryDeps, 'book' | 'reader'>,
  ties: readonly Tie[],
): Promise<readonly Tie[]> {
  const subjects = await book.find(ties.flatMap(endsOf))
  const isKnown = async (from: SubjectId | null, to: SubjectId | null): Promise<boolean> => {
    if (from === null || to === null) return false
    const row = await foldSubject(reader, from, now)
    return row !== undefined && liveLinks(row.record).some(({ other }) => other === to)
  }
  const known = await Promise.all(
    ties.map((_tie, index) =>
      isKnown(subjects[index * 2] ?? null, subjects[index * 2 + 1] ?? null),
    ),
  )
  const said = new Set<string>()
  return ties.filter((tie, index) => {
    const ends = JSON.stringify(endsOf(tie).map(({ kind, value }) => [kind, value]))
    const isNew = known[index] !== true && !said.has(ends)
    said.add(ends)
    return isNew
  })
}
