import type { RequestFailure } from '../failure-of.ts'
import { problemDocument } from '../problem.ts'
import { problemTable } from '../problem-table.ts'
import type { BrazeFailure } from '../schemas/braze.ts'

const doors = /^\/(v2\/)?subscription\/|^\/users\/|^\/email\//

/** True for a path at which a client of Braze asks, and expects Braze's answers. */
export const isBrazePath = (path: string): boolean => doors.test(path)

/** Braze's words for a status; where it has none, ours. */
const words: ReadonlyMap<number, string> = new Map([
  [401, 'Unauthorized'],
  [403, 'Access Denied'],
  [404, 'Not Found'],
])

/** A failure in the form that a client of Braze reads. */
export function brazeFailure({ code, extras }: RequestFailure): BrazeFailure {
  const { status, title, detail, field } = problemDocument(code, extras)
  const text = field === undefined ? detail : `${field}: ${detail}`
  return { message: words.get(status) ?? title, errors: [text], code }
}

/** The status of a body that Braze refuses, and so do we. */
export const refusedStatus = problemTable['invalid-request'].status ?? 400
