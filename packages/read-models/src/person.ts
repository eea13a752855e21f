import type { SubjectId } from '@ledger/domain'
import { liveLinks } from '@ledger/domain'
import type { FindRow } from './pair-answer.ts'

/** The subjects that are one person, and those that only share an address with it. */
export type Person = {
  readonly subjects: readonly SubjectId[]
  readonly sharedWith: readonly SubjectId[]
}

/**
 * Everything that is linked with a subject, over any number of steps, as one person. An address
 * that several external ids own is a household's: it belongs to each, and is no way from one of
 * them to another, so that nobody is handed what is known of somebody else.
 */
export function personOf(start: SubjectId, find: FindRow): Person {
  const subjects = new Set([start])
  const owners = new Set<SubjectId>()
  for (const subject of subjects) {
    const record = find(subject)?.record
    const links = record === undefined ? [] : liveLinks(record)
    const owning = links.filter(
      ({ relation, otherKind }) => relation === 'owner' && otherKind === 'external-id',
    )
    const isShared = owning.length > 1
    for (const link of links) {
      if (isShared && owning.includes(link)) owners.add(link.other)
      else subjects.add(link.other)
    }
  }
  return { subjects: [...subjects], sharedWith: [...owners].filter((each) => !subjects.has(each)) }
}
