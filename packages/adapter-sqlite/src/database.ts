import { DatabaseSync } from 'node:sqlite'
import { createDatabaseFile, sync } from './database-file.ts'
import type { FileKind } from './file-kind.ts'
import { DamagedDatabase, IncompatibleDatabase } from './incompatible-database.ts'
import type { Migration } from './migrations.ts'
import { migrationsOf } from './migrations.ts'
import { isGarbled, sqliteErrorCode } from './sqlite-failure.ts'

/** How long a connection waits for another one's lock before it gives up. */
export const busyTimeoutMs = 5_000

/**
 * Beyond this size the write-ahead log is cut back once its content is in the file: twice what the
 * checkpoints of `file-kind.ts` let it grow to, because writing over it is cheaper than growing it.
 */
const walBytesMax = 128 * 1024 * 1024

const notADatabase = 26

/** The first value of the first row a PRAGMA answers. */
function pragma(database: DatabaseSync, text: string): unknown {
  const row = database.prepare(`PRAGMA ${text}`).get()
  return row === undefined ? undefined : Object.values(row)[0]
}

/** Sets a PRAGMA and reads it back: SQLite ignores silently what it does not know or cannot do. */
function setPragma(database: DatabaseSync, name: string, value: number | string, reads = value) {
  database.exec(`PRAGMA ${name} = ${value}`)
  const found = pragma(database, name)
  if (found !== reads) {
    throw new Error(`SQLite did not take ${name} = ${value}: it reads ${String(found)}`)
  }
}

// Before 3.51.3, two connections that write or checkpoint at the same instant can corrupt a file
// with a write-ahead log (https://www.sqlite.org/wal.html#walresetbug).
function checkSqliteVersion(): void {
  const found = process.versions.sqlite ?? 'none'
  const [major = 0, minor = 0, patch = 0] = found.split('.').map(Number)
  const isSafe = major > 3 || (major === 3 && (minor > 51 || (minor === 51 && patch >= 3)))
  if (!isSafe) throw new Error(`SQLite 3.51.3 or newer is needed, this Node.js has ${found}`)
}

function checkApplication(database: DatabaseSync, kind: FileKind): 'new' | 'ours' {
  const found = pragma(database, 'application_id')
  if (found === kind.applicationId) return 'ours'
  const tables = database.prepare('SELECT count(*) AS number FROM sqlite_schema').get()
  if (found === 0 && tables?.['number'] === 0) return 'new'
  throw new IncompatibleDatabase(
    kind.name,
    `application id ${kind.applicationId}`,
    `application id ${String(found)}`,
  )
}

function checkVersion(database: DatabaseSync, kind: FileKind, newest: number): number {
  const found = Number(pragma(database, 'user_version'))
  if (found <= newest) return found
  throw new IncompatibleDatabase(kind.name, `version ${newest} or older`, `version ${found}`)
}

function migrate(database: DatabaseSync, kind: FileKind, migrations: readonly Migration[]): void {
  for (const { version, sql } of migrations) {
    // The version is read under the lock: another process may have been faster.
    database.exec('BEGIN IMMEDIATE')
    try {
      if (checkVersion(database, kind, migrations.length) < version) {
        database.exec(sql)
        database.exec(`PRAGMA application_id = ${kind.applicationId}`)
        database.exec(`PRAGMA user_version = ${version}`)
      }
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

/** Runs `use` on a new connection and closes the connection when that fails. */
function opened<Result>(
  path: string,
  kind: FileKind,
  isReadOnly: boolean,
  use: (database: DatabaseSync) => Result,
): Result {
  checkSqliteVersion()
  const database = new DatabaseSync(path, {
    readOnly: isReadOnly,
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: true,
  })
  try {
    return use(database)
  } catch (error) {
    database.close()
    if (!isGarbled(error) || error instanceof IncompatibleDatabase) throw error
    if (sqliteErrorCode(error) !== notADatabase) throw new DamagedDatabase(kind.name, error)
    const expected = 'a SQLite database'
    throw new IncompatibleDatabase(kind.name, expected, 'another file', { cause: error })
  }
}

function setCommonPragmas(
  database: DatabaseSync,
  kind: FileKind,
  use: keyof FileKind['cacheKibibytes'],
): void {
  setPragma(database, 'cache_size', -kind.cacheKibibytes[use])
  setPragma(database, 'foreign_keys', 1)
  setPragma(database, 'busy_timeout', busyTimeoutMs)
  // What SQLite sets aside while it works must not lie about in a folder of temporary files.
  setPragma(database, 'temp_store', 2)
  // Answers nothing where this SQLite was built without memory mapping: then it is 0 as well.
  database.exec('PRAGMA mmap_size = 0')
}

/**
 * Creates the file when there is none and brings it to the newest version, each migration in one
 * transaction together with its version number.
 * @throws IncompatibleDatabase when the file is of another kind or of a newer version
 */
export function prepareDatabase(path: string, kind: FileKind): void {
  createDatabaseFile(path)
  opened(path, kind, false, (database) => {
    const migrations = migrationsOf(kind)
    if (checkApplication(database, kind) === 'new') {
      setPragma(database, 'page_size', kind.pageSizeBytes)
      setPragma(database, 'journal_mode', 'wal')
    }
    checkVersion(database, kind, migrations.length)
    setPragma(database, 'synchronous', 2)
    migrate(database, kind, migrations)
    database.close()
  })
}

/** Opens a prepared file for writing. One connection of a file writes, on a thread of its own. */
export function openWriting(path: string, kind: FileKind): DatabaseSync {
  return opened(path, kind, false, (database) => {
    setPragma(database, 'journal_mode', 'wal')
    setPragma(database, 'synchronous', kind.synchronous, kind.synchronous === 'FULL' ? 2 : 1)
    setPragma(database, 'wal_autocheckpoint', kind.autocheckpointPages)
    setPragma(database, 'journal_size_limit', walBytesMax)
    setPragma(database, 'secure_delete', kind.isSecureDelete ? 1 : 0)
    // INSERT OR REPLACE fires the triggers that refuse a DELETE only with this.
    setPragma(database, 'recursive_triggers', 1)
    setCommonPragmas(database, kind, 'writing')
    return database
  })
}

/**
 * Opens a prepared file that nobody reads before it is finished and that is thrown away when the
 * process dies: without a journal and without waiting for the disk, every page is written once.
 */
export function openFilling(path: string, kind: FileKind): DatabaseSync {
  return opened(path, kind, false, (database) => {
    // SQLite's defensive mode refuses to go without a journal.
    database.enableDefensive(false)
    setPragma(database, 'journal_mode', 'off')
    setPragma(database, 'synchronous', 'OFF', 0)
    setPragma(database, 'locking_mode', 'exclusive')
    setCommonPragmas(database, kind, 'writing')
    return database
  })
}

/** Makes a filled file durable and ordinary: it reaches the disk, and its journal is back. */
export function finishFilling(database: DatabaseSync, path: string): void {
  setPragma(database, 'locking_mode', 'normal')
  setPragma(database, 'synchronous', 'FULL', 2)
  setPragma(database, 'journal_mode', 'wal')
  database.close()
  sync(path)
}

/**
 * Opens a prepared file for reading; readers never wait for the writer, nor it for them.
 * @throws IncompatibleDatabase when the file is of another kind or version
 */
export function openReading(path: string, kind: FileKind): DatabaseSync {
  return opened(path, kind, true, (database) => {
    const version = migrationsOf(kind).length
    checkApplication(database, kind)
    const found = checkVersion(database, kind, version)
    if (found < version) {
      throw new IncompatibleDatabase(kind.name, `version ${version}`, `version ${found}`)
    }
    setCommonPragmas(database, kind, 'reading')
    setPragma(database, 'query_only', 1)
    return database
  })
}
