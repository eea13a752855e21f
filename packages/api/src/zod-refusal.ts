import type * as z from 'zod'
import type { RequestRefused } from './problem.ts'
import { invalidRequest } from './problem.ts'

/**
 * What a caller calls its fields may be repeated; anything else it wrote as a key may be a value.
 */
const isFieldName = (key: PropertyKey): boolean =>
  typeof key === 'number' || /^[A-Za-z][A-Za-z_-]{0,31}$/.test(String(key))

const named = (key: PropertyKey): string => (isFieldName(key) ? String(key) : '?')

/** The first thing wrong with a body, a path or a query: its field and what was expected there. */
export function refusalOf(error: z.core.$ZodError, where: string): RequestRefused {
  const [issue] = error.issues
  const field = (issue?.path ?? []).map(named).join('.') || where
  if (issue?.code !== 'unrecognized_keys')
    return invalidRequest(field, issue?.message ?? 'malformed')
  const unknown = issue.keys.map(named)
  return invalidRequest(unknown[0] ?? field, `unknown field ${unknown.join(', ')}`)
}
