import type { Report } from './finding.ts'

/** What a column of a row may hold. */
export type Cell = string | number | Uint8Array | null

/** A table of a read model, its rows in the order of their key. */
export type TableRows = {
  readonly table: string
  /** The columns of the key first, in the order in which they sort. */
  readonly columns: readonly string[]
  readonly keyLength: number
  readonly rows: () => Iterable<readonly Cell[]>
}

/** All tables of a read model, as of one moment. */
export type TablesToCompare = readonly TableRows[]

/**
 * Compares a read model with one that was just made of the same events, table by table and row by
 * row, as one merges two sorted lists: two rows are in memory at a time.
 * @param live what is served
 * @param fresh what the log says
 * @returns how many rows were looked at
 */
export function compareTables(
  live: TablesToCompare,
  fresh: TablesToCompare,
  report: Report,
  onProgress: (rows: number) => void = () => {},
): number {
  let rows = 0
  for (const [nth, table] of live.entries()) {
    const other = fresh[nth]
    if (other?.table !== table.table) throw new Error(`expected ${table.table} on both sides`)
    rows += mergeTable(table, other, report, (seen) => onProgress(rows + seen))
  }
  return rows
}

const progressEvery = 10_000

function mergeTable(
  live: TableRows,
  fresh: TableRows,
  report: Report,
  onProgress: (rows: number) => void,
): number {
  const { table, columns, keyLength } = live
  const left = live.rows()[Symbol.iterator]()
  const right = fresh.rows()[Symbol.iterator]()
  let [a, b] = [left.next(), right.next()]
  let rows = 0
  const tell = (row: readonly Cell[], code: Parameters<Report>[0]['code'], beside = ''): void => {
    const key = row.slice(0, keyLength).map(textOf).join(' ')
    report({ area: 'read model', where: `${table} ${key}${beside}`, code })
  }
  while (a.done !== true || b.done !== true) {
    const order =
      a.done === true ? 1 : b.done === true ? -1 : compareKeys(a.value, b.value, keyLength)
    if (order < 0 && a.done !== true) tell(a.value, 'row-unfounded')
    if (order > 0 && b.done !== true) tell(b.value, 'row-missing')
    if (order === 0 && a.done !== true && b.done !== true) {
      const others = columnsThatDiffer(a.value, b.value, columns)
      if (others.length > 0) tell(a.value, 'row-differs', ` (${others.join(', ')})`)
    }
    if (order <= 0) a = left.next()
    if (order >= 0) b = right.next()
    rows += 1
    if (rows % progressEvery === 0) onProgress(rows)
  }
  return rows
}

function columnsThatDiffer(
  a: readonly Cell[],
  b: readonly Cell[],
  columns: readonly string[],
): readonly string[] {
  return columns.filter((_, nth) => compareCells(a[nth] ?? null, b[nth] ?? null) !== 0)
}

function compareKeys(a: readonly Cell[], b: readonly Cell[], keyLength: number): number {
  for (let nth = 0; nth < keyLength; nth += 1) {
    const order = compareCells(a[nth] ?? null, b[nth] ?? null)
    if (order !== 0) return order
  }
  return 0
}

/** The order in which a database sorts: nothing, numbers, texts by their UTF-8, bytes. */
function compareCells(a: Cell, b: Cell): number {
  if (a === b) return 0
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return compareBytes(utf8(a), utf8(b))
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b)
  return rankOf(a) - rankOf(b)
}

const encoder = new TextEncoder()
const utf8 = (text: string): Uint8Array => encoder.encode(text)

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const rankOf = (cell: Cell): number =>
  cell === null ? 0 : typeof cell === 'number' ? 1 : typeof cell === 'string' ? 2 : 3

const textOf = (cell: Cell): string => {
  if (!(cell instanceof Uint8Array)) return String(cell)
  const hex = Array.from(cell, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
