import type { SubjectId } from '@ledger/domain'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The subject a text names; null when it is no subject's id at all. */
export function subjectIdOf(text: string): SubjectId | null {
  const id = text.toLowerCase()
  return uuid.test(id) ? (id as SubjectId) : null
}
