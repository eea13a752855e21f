import type { SubjectId, SubjectRecord } from '@ledger/domain'
import type { QueryDeps } from '@ledger/read-models'
import { foldSubject } from '@ledger/read-models'

/** The record of a subject; undefined when nothing counts. */
export type Fold = (subject: SubjectId) => Promise<SubjectRecord | undefined>

const asRecorded = { at: Number.MAX_SAFE_INTEGER, knownAt: Number.MAX_SAFE_INTEGER }

/**
 * Folds subjects at the log itself, because what was said a moment ago counts; each once, for as
 * long as one request decides.
 */
export function foldOnce({ reader }: Pick<QueryDeps, 'reader'>): Fold {
  const folded = new Map<SubjectId, ReturnType<Fold>>()
  return (subject) => {
    const known = folded.get(subject)
    if (known !== undefined) return known
    const record = foldSubject(reader, subject, asRecorded).then((row) => row?.record)
    folded.set(subject, record)
    return record
  }
}
