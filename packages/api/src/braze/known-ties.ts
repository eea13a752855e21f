import type { Address, NormalAddress, SubjectId } from '@ledger/domain'
import { liveLinks, normaliseAddress } from '@ledger/domain'
import type { QueryDeps } from '@ledger/read-models'
import type { Tie } from './entry.ts'
import type { Fold } from './folded.ts'

/** The ends of a tie, first the one that stands for a person: many share an address, few an id. */
const endsOf = ({ externalId, from, to }: Tie): readonly NormalAddress[] => {
  const ends: readonly Address[] =
    to === undefined ? [{ kind: 'external-id', value: externalId ?? '' }, from] : [from, to]
  return ends.map(normaliseAddress)
}

/**
 * The ties that the log does not hold yet, each once. A backend says who somebody is with every
 * change of a profile; the log need not grow with each.
 */
export async function newTies(
  { book }: Pick<QueryDeps, 'book'>,
  fold: Fold,
  ties: readonly Tie[],
): Promise<readonly Tie[]> {
  const subjects = await book.find(ties.flatMap(endsOf))
  const isKnown = async (from: SubjectId | null, to: SubjectId | null): Promise<boolean> => {
    if (from === null || to === null) return false
    const record = await fold(from)
    return record !== undefined && liveLinks(record).some(({ other }) => other === to)
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
