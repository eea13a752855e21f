import type { SignalResult } from './answers.ts'
import type { Signal } from './signal-shapes.ts'

/** The failures a caller may want to tell apart; the ledger may answer others too. */
export type ProblemCode =
  | 'contention'
  | 'foreign-position'
  | 'invalid-request'
  | 'no-key'
  | 'not-yet-visible'
  | 'overloaded'
  | 'unavailable'
  | 'unknown-group'
  | 'unknown-subject'
  | 'write-stopped'
  | 'wrong-scope'
  // Any other code, without losing the names above.
  | (string & {})

export type ProblemParts = {
  readonly status: number
  readonly code: ProblemCode
  readonly title: string
  readonly detail: string
  readonly field?: string | undefined
}

/** The ledger answered that it did not do what was asked; `code` is stable, the texts are not. */
export class LedgerProblem extends Error {
  readonly status: number
  readonly code: ProblemCode
  readonly detail: string
  /** The field of the request that was wrong. */
  readonly field: string | undefined

  constructor({ status, code, title, detail, field }: ProblemParts) {
    super(`${title}: ${detail}`)
    this.name = 'LedgerProblem'
    this.status = status
    this.code = code
    this.detail = detail
    this.field = field
  }
}

/** There was no answer of a ledger within the deadline; whether it acted nobody knows. */
export class LedgerUnreachable extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'LedgerUnreachable'
  }
}

/**
 * Not all signals were answered. Those of `unsent` have their ids: send them again as they are, now
 * or tomorrow, and what was recorded after all is a duplicate.
 */
export class SendFailed extends Error {
  /** The results of the signals before those, in the order given. */
  readonly sent: readonly SignalResult[]
  readonly unsent: readonly Signal[]

  constructor(sent: readonly SignalResult[], unsent: readonly Signal[], cause: unknown) {
    super(`${unsent.length} of ${sent.length + unsent.length} signals have no answer`, { cause })
    this.name = 'SendFailed'
    this.sent = sent
    this.unsent = unsent
  }
}

/** More signals wait in a batcher than it may hold; slow down, or keep them elsewhere. */
export class BatcherFull extends Error {
  constructor(pendingMax: number) {
    super(`more than ${pendingMax} signals are waiting`)
    this.name = 'BatcherFull'
  }
}
