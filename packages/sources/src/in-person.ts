import { createHash } from 'node:crypto'
import type { Problem } from '@ledger/domain'
import type { Cells } from './columns.ts'
import { addressColumns } from './columns.ts'
import { createCsvRecords } from './csv-records.ts'
import type { CsvHeader } from './csv-header.ts'
import { problemOfNames, readCsvHeader, writtenName } from './csv-header.ts'
import { problemOfBytes } from './file-kind.ts'
import type { ReadRow } from './read-row.ts'
import { readOwnRow, withWrittenNames } from './read-row.ts'
import { rowCells } from './row-cells.ts'
import { batchCells, tillItems } from './till-items.ts'

export type InPersonBatch =
  | {
      readonly ok: true
      /** More than `rowsMax` where there are more. */
      readonly rowCount: number
      /** Read one by one, as they are taken. */
      readonly rows: Iterable<ReadRow>
    }
  | { readonly ok: false; readonly problem: Problem }

const refuse = (detail: string, field?: string): InPersonBatch => ({
  ok: false,
  problem: { code: 'invalid-signal', detail, ...(field === undefined ? {} : { field }) },
})

/** A row to be read, or why it cannot be. */
type Row = { readonly row: number; readonly idSuffix: string } & (
  { readonly cells: Cells } | { readonly problem: string }
)

type Rows =
  | {
      readonly ok: true
      readonly rows: readonly Row[]
      /** What the sender calls a column of ours. */
      readonly nameOf: (column: string) => string
    }
  | { readonly ok: false; readonly detail: string; readonly field?: string }

/**
 * Reads a batch from a till or tablet: CSV with a header (RFC 4180; BOM, `;` and tab allowed) or
 * JSON `{ "items": [...] }`. A broken row never blocks its neighbours; its number counts the rows
 * of data from 1. A row is known by the `item_id` that its device made when the person acted, with
 * the device's id where it is named; else by `batch_id` and `line_id`; else by the hash of the
 * whole body and its number, so that the same file again changes nothing.
 * @param name the source's name in the path; events carry `urn:in-person:<name>`
 * @param rowsMax one row more than this is read, so that the caller can tell that there are more
 */
export function readInPersonBatch(
  name: string,
  contentType: string,
  body: Uint8Array,
  rowsMax: number,
): InPersonBatch {
  const read = contentType.startsWith('text/csv') ? readCsv(body, rowsMax) : readJson(body, rowsMax)
  if (!read.ok) return refuse(read.detail, read.field)
  const fileHash = createHash('sha256').update(body).digest('hex')
  const source = `urn:in-person:${name}`
  return { ok: true, rowCount: read.rows.at(-1)?.row ?? 0, rows: readRows(read, source, fileHash) }
}

function* readRows(
  { rows, nameOf }: Extract<Rows, { ok: true }>,
  source: string,
  fileHash: string,
): Generator<ReadRow> {
  const context = { source, isImport: false }
  for (const each of rows) {
    const { row, idSuffix } = each
    if ('problem' in each) {
      const problem: Problem = { code: 'invalid-signal', detail: each.problem, field: 'row' }
      yield { row, id: `${fileHash}:${row}`, problem }
      continue
    }
    const id = `${idOf(each.cells, fileHash, row)}${idSuffix}`
    for (const one of readOwnRow(row, id, each.cells, context)) yield withWrittenNames(one, nameOf)
  }
}

function idOf(cells: Cells, fileHash: string, row: number): string {
  const { item_id: item, device_id: device, batch_id: batch, line_id: line } = cells
  // Ids of items may be counted by each device anew; and no two pairs may be spelled the same.
  const pair = (first: string, second: string): string =>
    `${encodeURIComponent(first.toWellFormed())}/${encodeURIComponent(second.toWellFormed())}`
  if (item !== undefined) return device === undefined ? item : pair(device, item)
  return batch !== undefined && line !== undefined ? pair(batch, line) : `${fileHash}:${row}`
}

function readCsv(body: Uint8Array, rowsMax: number): Rows {
  const detail = problemOfBytes(body.subarray(0, 4_096))
  if (detail !== null) return { ok: false, detail }
  const text = new TextDecoder().decode(body)
  const header = readCsvHeader(text.slice(0, 64 * 1024))
  const problem = problemOfHeader(header)
  if (problem !== null) return { ok: false, detail: problem }
  const records = createCsvRecords(header)
  const rows: Row[] = []
  let row = -header.lines
  // Piece by piece, so that a body of many more rows than are taken is not read to its end.
  for (let from = 0; from <= text.length && rows.length <= rowsMax; from += pieceChars) {
    const isLast = from + pieceChars > text.length
    const read = records.push(text.slice(from, from + pieceChars))
    for (const record of isLast ? [...read, ...records.end()] : read) {
      row += 1
      if (row > 0) rows.push({ row, idSuffix: '', ...rowCells(record, header) })
    }
  }
  return { ok: true, rows, nameOf: (column) => writtenName(header, column) }
}

const pieceChars = 256 * 1024

/** So that a file without a header is not taken for a file without rows. */
function problemOfHeader({ names }: CsvHeader): string | null {
  const hasAction = names.includes('action') || names.includes('state')
  if (!hasAction || !addressColumns.some((column) => names.includes(column))) {
    return (
      'expected a header line that names `action` and one of `phone`, `email`, `external_id`, ' +
      '`address`'
    )
  }
  return problemOfNames(names)
}

function readJson(body: Uint8Array, rowsMax: number): Rows {
  try {
    const text = new TextDecoder().decode(body)
    const parsed: unknown = JSON.parse(text)
    const items: unknown =
      typeof parsed === 'object' && parsed !== null && 'items' in parsed ? parsed.items : parsed
    if (!Array.isArray(items)) {
      return { ok: false, detail: 'expected an object with a list `items`', field: 'items' }
    }
    const batch = batchCells(parsed)
    const rows = items
      .slice(0, rowsMax + 1)
      .flatMap((item: unknown, index) =>
        tillItems(item, batch).map((each): Row => ({ row: index + 1, ...each })),
      )
    return { ok: true, rows, nameOf: (column) => column }
  } catch {
    return { ok: false, detail: 'the body is not JSON' }
  }
}
