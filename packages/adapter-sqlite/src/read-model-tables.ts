import type { DatabaseSync } from 'node:sqlite'
import type { SubjectId } from '@ledger/domain'
import type { Checkpoint } from '@ledger/read-models'
import { openReading } from './database.ts'
import { readModelFile } from './file-kind.ts'
import { readSubjects } from './read-model-subjects.ts'
import { uuidOfHex } from './uuid-bytes.ts'

type Cell = string | number | Uint8Array | null

/** A table, its rows in the order of their key. */
type TableRows = {
  readonly table: string
  /** The columns of the key first. */
  readonly columns: readonly string[]
  readonly keyLength: number
  readonly rows: () => Iterable<readonly Cell[]>
}

function tableRows(database: DatabaseSync, table: string): TableRows {
  const found = database.prepare(`SELECT name, pk FROM pragma_table_info('${table}')`).all()
  const isInKey = (row: (typeof found)[number]): boolean => Number(row['pk']) > 0
  const key = found.filter(isInKey).sort((a, b) => Number(a['pk']) - Number(b['pk']))
  const columns = [...key, ...found.filter((row) => !isInKey(row))].map((row) =>
    String(row['name']),
  )
  const order = columns.slice(0, key.length).join(', ')
  const statement = database.prepare(`SELECT ${columns.join(', ')} FROM ${table} ORDER BY ${order}`)
  statement.setReturnArrays(true)
  const rows = (): Iterable<readonly Cell[]> =>
    statement.iterate() as unknown as Iterable<readonly Cell[]>
  return { table, columns, keyLength: key.length, rows }
}

/**
 * Opens all that a read model derives from events, as of one moment, which lasts until `close`. The
 * checkpoint stands beside it: when it was proven is no row of a table.
 * @throws IncompatibleDatabase when the file is no read model of this version
 */
export async function openSqliteReadModelTables({ path }: { readonly path: string }): Promise<{
  readonly checkpoint: Checkpoint
  readonly tables: readonly TableRows[]
  /** Every subject that it has a row of, in order. */
  readonly subjects: () => Iterable<SubjectId>
  readonly close: () => void
}> {
  const database = openReading(path, readModelFile)
  const reader = readSubjects(database)
  database.exec('BEGIN')
  const checkpoint = await reader.checkpoint()
  const names = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => String(name))
  const tables = names.filter((name) => name !== 'progress')
  return {
    checkpoint,
    tables: tables.map((table) => tableRows(database, table)),
    *subjects() {
      const statement = database.prepare(
        'SELECT lower(hex(subject)) FROM subjects ORDER BY subject',
      )
      statement.setReturnArrays(true)
      for (const [hex] of statement.iterate() as unknown as Iterable<readonly [string]>) {
        yield uuidOfHex(hex) as SubjectId
      }
    },
    close: () => database.close(),
  }
}
