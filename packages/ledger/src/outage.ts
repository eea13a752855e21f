/** What may be out of order around the law; each is answered 503 and may be tried again or not. */
export const outageCodes = {
  overloaded: 'More work is waiting than the queue may hold; try again shortly.',
  unavailable: 'A store is out of reach or refuses to write.',
  contention: 'The stream kept changing while a decision about it was made.',
  'not-yet-visible': 'The read model has not reached the asked position in time.',
  'write-stopped': 'A write failed in a way that may lie; intake has stopped until a restart.',
} as const
export type OutageCode = keyof typeof outageCodes

/**
 * An operating failure, as opposed to a refusal (a value) and a bug (a crash). Holds no personal
 * data.
 */
export class Outage extends Error {
  readonly code: OutageCode
  readonly isRetryable: boolean

  constructor(code: OutageCode, options: { cause?: unknown; isRetryable?: boolean } = {}) {
    super(outageCodes[code], { cause: options.cause })
    this.name = 'Outage'
    this.code = code
    this.isRetryable = options.isRetryable ?? code !== 'write-stopped'
  }
}
