import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openWriting, prepareDatabase } from '../../packages/adapter-sqlite/src/database.ts'
import type { FileKind } from '../../packages/adapter-sqlite/src/file-kind.ts'
import { logFile, vaultFile } from '../../packages/adapter-sqlite/src/file-kind.ts'

/** The tables that intake fills, and the order of their rows. */
const tables = [
  { kind: vaultFile, file: 'vault.db', table: 'subjects', order: 'number' },
  { kind: vaultFile, file: 'vault.db', table: 'claims', order: 'number' },
  { kind: logFile, file: 'log.db', table: 'events', order: 'position' },
] as const

type Row = (null | number | bigint | string | Uint8Array)[]

/**
 * The floor of intake: the rows that a load left behind, put into fresh files of the same schema
 * and settings, with as many rows in a commit as intake has in flight; no HTTP, no sealing, no
 * validation.
 * @returns events per second
 */
export function diskFloor(dataDir: string, eventsMax: number, commitSize: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-floor-'))
  try {
    const sets = tables.map(({ kind, file, table, order }) => ({
      kind,
      table,
      rows: readRows(join(dataDir, file), table, order, eventsMax),
    }))
    const events = sets.find(({ table }) => table === 'events')?.rows.length ?? 0
    const files = [vaultFile, logFile].map((kind) => openFresh(folder, kind))
    const writers = files.map(({ kind, database }) => ({
      database,
      inserts: sets
        .filter((set) => set.kind === kind)
        .map(({ table, rows }) => ({ rows, insert: insertInto(database, table, rows) })),
    }))
    const startedAt = performance.now()
    for (let from = 0; from < events; from += commitSize) {
      for (const { database, inserts } of writers) {
        database.exec('BEGIN IMMEDIATE')
        for (const { rows, insert } of inserts) {
          const share = rows.length / events
          const part = rows.slice(Math.floor(from * share), Math.floor((from + commitSize) * share))
          for (const row of part) insert.run(...row)
        }
        database.exec('COMMIT')
      }
    }
    const seconds = (performance.now() - startedAt) / 1_000
    for (const { database } of files) database.close()
    return events / seconds
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function openFresh(folder: string, kind: FileKind) {
  const path = join(folder, `${kind.migrations}.db`)
  prepareDatabase(path, kind)
  return { kind, database: openWriting(path, kind) }
}

function readRows(path: string, table: string, order: string, limit: number): Row[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const select = database.prepare(`SELECT * FROM ${table} ORDER BY ${order} LIMIT ?`)
  select.setReturnArrays(true)
  const rows = select.all(limit) as unknown as Row[]
  database.close()
  return rows
}

function insertInto(database: DatabaseSync, table: string, rows: readonly Row[]) {
  const places = (rows[0] ?? []).map(() => '?').join(', ')
  return database.prepare(`INSERT INTO ${table} VALUES (${places})`)
}
