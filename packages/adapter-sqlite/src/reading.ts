import { Outage } from '@ledger/ledger'
import { failureOf } from './sqlite-failure.ts'

/**
 * Uses a connection on the calling thread; a failure of the file or the disk becomes an outage,
 * anything else stays the bug it is.
 */
export async function reading<Result>(read: () => Result): Promise<Result> {
  try {
    return read()
  } catch (error) {
    if (isClosed(error)) throw new Outage('unavailable', { cause: error, isRetryable: false })
    const failure = failureOf(error)
    if (failure === null || failure === 'statement') throw error
    throw new Outage('unavailable', { cause: error })
  }
}

// What Node.js throws for a connection that was closed.
function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE'
}
