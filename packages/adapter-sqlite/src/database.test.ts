import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { openReading, openWriting, prepareDatabase } from './database.ts'
import type { FileKind } from './file-kind.ts'
import { deskFile, logFile, readModelFile, vaultFile } from './file-kind.ts'
import { IncompatibleDatabase } from './incompatible-database.ts'
import { migrationsOf } from './migrations.ts'

const kinds = [logFile, vaultFile, deskFile, readModelFile]

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-database-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Does something to a file with a connection that knows nothing of us. */
function inFile(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

function settingsOf(database: DatabaseSync) {
  const read = (name: string): unknown =>
    Object.values(database.prepare(`PRAGMA ${name}`).get() ?? { none: null })[0]
  return {
    journal: read('journal_mode'),
    synchronous: read('synchronous'),
    secureDelete: read('secure_delete'),
    pageSizeBytes: read('page_size'),
    foreignKeys: read('foreign_keys'),
    busyTimeoutMs: read('busy_timeout'),
    mappedBytes: read('mmap_size'),
  }
}

function incompatibility(use: () => unknown): IncompatibleDatabase {
  try {
    use()
  } catch (error) {
    if (error instanceof IncompatibleDatabase) return error
    throw error
  }
  throw new Error('expected an incompatible file, found one that opens')
}

test.for(kinds)('a $name is created with its settings, and these read back', (kind) => {
  const path = join(tempFolder(), 'file.db')
  prepareDatabase(path, kind)
  const database = openWriting(path, kind)
  onTestFinished(() => database.close())
  expect(settingsOf(database)).toEqual({
    journal: 'wal',
    synchronous: kind.synchronous === 'FULL' ? 2 : 1,
    secureDelete: kind.isSecureDelete ? 1 : 0,
    pageSizeBytes: kind.pageSizeBytes,
    foreignKeys: 1,
    busyTimeoutMs: 5_000,
    mappedBytes: 0,
  })
})

test('log and vault outlive a power cut; what can be made again need not', () => {
  const synchronous = Object.fromEntries(kinds.map((kind) => [kind.name, kind.synchronous]))
  expect(synchronous).toEqual({
    'event log': 'FULL',
    vault: 'FULL',
    desk: 'NORMAL',
    'read model': 'NORMAL',
  })
})

test('only its owner may read the files and the folders that hold them', () => {
  const folder = tempFolder()
  const path = join(folder, 'data', 'ledger', 'file.db')
  prepareDatabase(path, vaultFile)
  const database = openWriting(path, vaultFile)
  onTestFinished(() => database.close())
  database.exec("INSERT INTO secrets (only_row, wrapped) VALUES (1, x'00')")
  const modeOf = (name: string): string => (statSync(name).mode & 0o777).toString(8)
  expect(modeOf(join(folder, 'data'))).toBe('700')
  expect(modeOf(join(folder, 'data', 'ledger'))).toBe('700')
  for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(modeOf(file)).toBe('600')
})

test('a folder that was there keeps its mode', () => {
  const folder = join(tempFolder(), 'shared')
  mkdirSync(folder, { mode: 0o755 })
  prepareDatabase(join(folder, 'file.db'), deskFile)
  expect((statSync(folder).mode & 0o777).toString(8)).toBe('755')
})

test('a file that is prepared again keeps what it holds', () => {
  const path = join(tempFolder(), 'file.db')
  prepareDatabase(path, vaultFile)
  inFile(path, "INSERT INTO secrets (only_row, wrapped) VALUES (1, x'0102')")
  prepareDatabase(path, vaultFile)
  const database = openReading(path, vaultFile)
  onTestFinished(() => database.close())
  expect(database.prepare('SELECT count(*) AS rows FROM secrets').get()).toEqual({ rows: 1 })
})

test.for(kinds)('a $name of a newer version is not opened', (kind) => {
  const path = join(tempFolder(), 'file.db')
  prepareDatabase(path, kind)
  const newest = migrationsOf(kind).length
  inFile(path, `PRAGMA user_version = ${newest + 1}`)
  for (const open of [prepareDatabase, openReading]) {
    const error = incompatibility(() => open(path, kind))
    expect(error.message).toContain(kind.name)
    expect(error.expected).toBe(`version ${newest} or older`)
    expect(error.found).toBe(`version ${newest + 1}`)
  }
})

const pairs = kinds.flatMap((kind) => kinds.map((other) => [kind.name, other.name, kind, other]))
const strangers = pairs.filter(([name, otherName]) => name !== otherName) as [
  string,
  string,
  FileKind,
  FileKind,
][]

test.for(strangers)('no %s is opened in the place of a %s', ([_, __, kind, other]) => {
  const path = join(tempFolder(), 'file.db')
  prepareDatabase(path, kind)
  for (const open of [prepareDatabase, openReading]) {
    const error = incompatibility(() => open(path, other))
    expect(error.fileKind).toBe(other.name)
    expect(error.expected).toContain(String(other.applicationId))
    expect(error.found).toContain(String(kind.applicationId))
  }
})

test("somebody else's database is not made ours", () => {
  const path = join(tempFolder(), 'file.db')
  inFile(path, 'CREATE TABLE theirs (a)')
  expect(incompatibility(() => prepareDatabase(path, logFile)).found).toBe('application id 0')
})

test('a file that is no database is not opened', () => {
  const path = join(tempFolder(), 'file.db')
  writeFileSync(path, 'this is no database, however long its text may be. '.repeat(100))
  const error = incompatibility(() => prepareDatabase(path, logFile))
  expect(error.message).toContain('event log')
  expect(error.expected).toBe('a SQLite database')
})

test('reading creates nothing where there is no file', () => {
  const path = join(tempFolder(), 'file.db')
  expect(() => openReading(path, logFile)).toThrow()
  expect(existsSync(path)).toBe(false)
})

test('a file of an older version is not read before somebody has brought it up to date', () => {
  const path = join(tempFolder(), 'file.db')
  prepareDatabase(path, logFile)
  inFile(path, 'PRAGMA user_version = 0')
  expect(incompatibility(() => openReading(path, logFile)).found).toBe('version 0')
})

test('a migration that fails leaves the file as it was', () => {
  const path = join(tempFolder(), 'file.db')
  prepareDatabase(path, deskFile)
  // Version 0 with the tables of version 1: the first migration meets what it is about to create.
  inFile(path, 'PRAGMA user_version = 0; DROP TABLE keys')
  expect(() => prepareDatabase(path, deskFile)).toThrow(/already exists/)
  const database = new DatabaseSync(path, { readOnly: true })
  onTestFinished(() => database.close())
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 0 })
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE name = 'keys'").all()
  expect(tables).toEqual([])
})

test('a reading connection cannot write', () => {
  const path = join(tempFolder(), 'file.db')
  prepareDatabase(path, deskFile)
  const database = openReading(path, deskFile)
  onTestFinished(() => database.close())
  expect(() => database.exec('DELETE FROM keys')).toThrow(/readonly|read-only/)
})
