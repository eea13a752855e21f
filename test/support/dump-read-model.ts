import { DatabaseSync } from 'node:sqlite'

/** What stands in a read model's tables, rows sorted, bytes in hex. */
export type ReadModelDump = Readonly<Record<string, readonly string[]>>

/**
 * Reads every table of a read model file, so that two can be compared row for row. Of `progress`
 * it leaves out what is not derived from events: when it was last proven, and how many batches it
 * took.
 */
export function dumpReadModel(path: string): ReadModelDump {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all()
      .map(({ name }) => String(name))
    return Object.fromEntries(tables.map((table) => [table, rowsOf(database, table)]))
  } finally {
    database.close()
  }
}

function rowsOf(database: DatabaseSync, table: string): readonly string[] {
  const isProgress = table === 'progress'
  const rows = database.prepare(`SELECT * FROM ${table}`).all()
  return rows
    .map((row) => {
      const cells = Object.entries(row).filter(
        ([name]) => !(isProgress && ['as_of', 'groups_version'].includes(name)),
      )
      return cells.map(([name, cell]) => `${name}=${textOf(cell)}`).join(' ')
    })
    .sort()
}

const textOf = (cell: unknown): string =>
  cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : String(cell)
