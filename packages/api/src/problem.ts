import type { FailureCode } from './problem-table.ts'
import { problemTable } from './problem-table.ts'

/** What an answer says beside its code. Neither may repeat what the caller sent. */
export type ProblemExtras = {
  readonly detail?: string | undefined
  readonly field?: string | undefined
}

/** A failed request in the form of RFC 9457. */
export type ProblemDocument = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: FailureCode
  readonly detail: string
  readonly field?: string
}

export const problemMediaType = 'application/problem+json; charset=utf-8'

/** The document of a failure. */
export function problemDocument(
  code: FailureCode,
  { detail, field }: ProblemExtras = {},
): ProblemDocument {
  const { status, title, meaning } = problemTable[code]
  return {
    type: `/docs/errors#${code}`,
    title,
    status: status ?? 400,
    code,
    detail: detail ?? meaning,
    ...(field !== undefined && { field }),
  }
}

/** Ends a request with a failure of the table, from wherever it is found out. */
export class RequestRefused extends Error {
  readonly code: FailureCode
  readonly extras: ProblemExtras

  constructor(code: FailureCode, extras: ProblemExtras = {}) {
    super(code)
    this.name = 'RequestRefused'
    this.code = code
    this.extras = extras
  }
}

export const invalidRequest = (field: string, detail: string): RequestRefused =>
  new RequestRefused('invalid-request', { field, detail })
