import { Outage } from '@ledger/ledger'
import type { ProblemExtras } from './problem.ts'
import { RequestRefused } from './problem.ts'
import type { FailureCode } from './problem-table.ts'
import { frameworkFailures } from './problem-table.ts'

export type RequestFailure = { readonly code: FailureCode; readonly extras: ProblemExtras }

const codeIn = (error: object): string =>
  'code' in error && typeof error.code === 'string' ? error.code : ''

const statusIn = (error: object): number =>
  'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 0

/**
 * What a thrown thing is to the caller: a refusal of ours, an outage, a request the framework
 * could not read, or else a bug, of which nothing is said.
 */
export function failureOf(error: unknown): RequestFailure {
  if (error instanceof RequestRefused) return { code: error.code, extras: error.extras }
  if (error instanceof Outage) return { code: error.code, extras: {} }
  if (typeof error !== 'object' || error === null) return { code: 'internal', extras: {} }
  const known = frameworkFailures.get(codeIn(error))
  if (known !== undefined) return { code: known, extras: {} }
  // A store found that a position is not its own; which stores there are is not known here.
  if (error instanceof Error && error.name === 'ForeignPosition') {
    return { code: 'foreign-position', extras: {} }
  }
  const status = statusIn(error)
  // The framework or the socket says that the request itself was at fault.
  if (status >= 400 && status < 500) return { code: 'malformed-http', extras: {} }
  return { code: 'internal', extras: {} }
}
