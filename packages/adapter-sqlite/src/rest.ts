import type { DatabaseSync } from 'node:sqlite'
import { busyTimeoutMs } from './database.ts'
import { failureOf } from './sqlite-failure.ts'

/**
 * Moves the write-ahead log into the file and cuts it to nothing, when nobody reads from it. A file
 * at rest is as small as it can be, a restart has nothing to recover, and what was erased from the
 * file is gone from its log as well.
 */
export function emptyWriteAheadLog(database: DatabaseSync): void {
  try {
    // A reader is not waited for: the next rest will do.
    database.exec('PRAGMA busy_timeout = 0')
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (error) {
    // The log still holds everything, but a file that cannot be written is no file to go on with.
    const failure = failureOf(error)
    if (failure !== 'busy' && failure !== 'full') throw error
  } finally {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  }
}
