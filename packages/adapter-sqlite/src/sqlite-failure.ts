/**
 * What a failure of SQLite means:
 * - `full`: no room on the disk. Nothing of the transaction was kept; it may work again later.
 * - `busy`: another process writes, or holds the file while it recovers; it may work again later.
 * - `broken`: the disk or the file failed. A second try may lie (a kernel may drop the pages that
 *   it could not write and then report success), so nothing more may be written.
 * - `statement`: this one statement was refused (a constraint, a trigger, an authorizer).
 */
export type SqliteFailure = 'full' | 'busy' | 'broken' | 'statement'

// Primary result codes and the extended SQLITE_IOERR_SHMSIZE, https://www.sqlite.org/rescode.html
const failures: Readonly<Record<number, SqliteFailure>> = {
  5: 'busy', // SQLITE_BUSY
  6: 'busy', // SQLITE_LOCKED
  7: 'busy', // SQLITE_NOMEM
  8: 'broken', // SQLITE_READONLY
  10: 'broken', // SQLITE_IOERR
  11: 'broken', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  14: 'broken', // SQLITE_CANTOPEN
  15: 'busy', // SQLITE_PROTOCOL: the locks of the write-ahead log were contended for too long
  26: 'broken', // SQLITE_NOTADB
}
const ioErrorShmSize = 4874

/** The extended result code of an error that SQLite raised, or null for any other error. */
export function sqliteErrorCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null
  return typeof error.errcode === 'number' ? error.errcode : null
}

/** What this result code means; null for a code of ours that is no SQLite code. */
export function failureOfCode(errorCode: number): SqliteFailure {
  // The index of the write-ahead log could not grow, which is a full disk by another name.
  if (errorCode === ioErrorShmSize) return 'full'
  return failures[errorCode & 0xff] ?? 'statement'
}

const damageCodes = new Set([11, 26]) // SQLITE_CORRUPT, SQLITE_NOTADB

/** True when an error, or what caused it, says that a file holds other bytes than were written. */
export function isDamage(error: unknown): boolean {
  if (damageCodes.has((sqliteErrorCode(error) ?? 0) & 0xff)) return true
  return error instanceof Error && error.cause !== undefined && isDamage(error.cause)
}

/** What this error means, or null when it did not come from SQLite. */
export function failureOf(error: unknown): SqliteFailure | null {
  const errorCode = sqliteErrorCode(error)
  return errorCode === null ? null : failureOfCode(errorCode)
}
