import { DatabaseSync } from 'node:sqlite'
import { createDatabaseFile } from './database-file.ts'
import { sqliteErrorCode } from './sqlite-failure.ts'

const busy = 5

/**
 * Takes a lock that one process at a time may hold, such as that of a ledger on its data folder:
 * an exclusive transaction on a file of its own. The kernel lets go of it when the process ends,
 * however it ends, so no stale lock is left.
 * @returns what releases it, or null when another process holds it
 */
export function takeFolderLock({ path }: { readonly path: string }): (() => void) | null {
  createDatabaseFile(path)
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = DELETE')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (((sqliteErrorCode(error) ?? 0) & 0xff) === busy) return null
    throw error
  }
  return () => database.close()
}
