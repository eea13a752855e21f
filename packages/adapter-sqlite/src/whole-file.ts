import { backup, DatabaseSync } from 'node:sqlite'
import { openReading } from './database.ts'
import { createDatabaseFile, sync } from './database-file.ts'
import { deskFile, logFile, readModelFile, vaultFile } from './file-kind.ts'
import { IncompatibleDatabase } from './incompatible-database.ts'
import { failureOf } from './sqlite-failure.ts'

const kinds = {
  log: logFile,
  vault: vaultFile,
  desk: deskFile,
  'read model': readModelFile,
} as const

/** A file of a ledger, by what it is. */
export type WholeFile = { readonly kind: keyof typeof kinds; readonly path: string }

/** More pages than a file can have: all of it is one step, which no writer can make start over. */
const allPages = 2 ** 30

/**
 * Copies a database, which others may be writing to, as it is at one moment, to a file that does
 * not exist yet. The copy is durable, at rest, and one file without a write-ahead log.
 * @throws IncompatibleDatabase when the source is of another kind or version
 */
export async function copySqliteFile({ kind, path }: WholeFile, to: string): Promise<void> {
  const source = openReading(path, kinds[kind])
  try {
    createDatabaseFile(to)
    await backup(source, to, { rate: allPages })
  } finally {
    source.close()
  }
  const copy = new DatabaseSync(to)
  try {
    copy.exec('PRAGMA journal_mode = DELETE')
  } finally {
    copy.close()
  }
  sync(to)
}

/** How many faults SQLite is to name before it gives up counting. */
const faultsMax = 100

/**
 * Has SQLite check every page, row and index of a file.
 * @returns what is wrong with it; empty when nothing is
 */
export function checkSqliteFile({ kind, path }: WholeFile): readonly string[] {
  try {
    return faultsIn(openReading(path, kinds[kind]))
  } catch (error) {
    const isOfTheFile = error instanceof IncompatibleDatabase || failureOf(error) === 'broken'
    if (!isOfTheFile && !(error instanceof Error && failureOf(error.cause) === 'broken'))
      throw error
    return [(error as Error).message]
  }
}

function faultsIn(database: DatabaseSync): readonly string[] {
  try {
    const rows = database.prepare(`PRAGMA integrity_check(${faultsMax})`).all()
    return rows.map((row) => String(row['integrity_check'])).filter((said) => said !== 'ok')
  } finally {
    database.close()
  }
}
