import type { Cells } from './columns.ts'
import { isOptOutWord } from './columns.ts'
import type { CsvHeader } from './csv-header.ts'
import type { CsvRecord } from './csv-records.ts'
import { takenBack } from './spreadsheet-cell.ts'

/** A row under its header. */
export type RowCells =
  /** `isRescued`: an opt-out, of which only the address could be read. */
  | { readonly cells: Cells; readonly isRescued: boolean }
  /** No CSV, or not under its columns, and no opt-out. */
  | { readonly problem: string }

/**
 * Puts cells under their columns. Where they do not stand there, a row that says anywhere that
 * somebody wants out is still read as that: of the address that is plain to see, and of every
 * scope, since it cannot be told which cell is the scope.
 */
export function rowCells(record: CsvRecord, { names, columns }: CsvHeader): RowCells {
  const written = record.cells.map((cell) => takenBack(cell).trim())
  const isShifted = written.slice(columns).some((cell) => cell !== '')
  if (isShifted || (record.isBroken && written.length !== columns)) return rescued(written)
  const cells: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    const cell = written[index]
    // An empty cell is no information, never an answer.
    if (cell !== undefined && cell !== '' && name !== '') cells[name] = cell
  }
  const actions = actionColumns.flatMap((column) => cells[column] ?? [])
  if (!record.isBroken || saysOut(actions)) return { cells, isRescued: false }
  if (saysOut(written)) return rescued(written)
  return { problem: 'the row is no CSV: a quote stands where none can be' }
}

const saysOut = (cells: readonly string[]): boolean => cells.some(isOptOutWord)

const actionColumns = ['action', 'state', 'subscription_state', 'email_subscribe'] as const

const looksLikePhone = /^=?\+?[\d\s().-]{8,24}$/
const looksLikeDate = /^\d{4}-\d{2}-\d{2}/
const looksLikeEmail = /^[^\s@]+@[^\s@]+$/

function rescued(written: readonly string[]): RowCells {
  if (!saysOut(written)) return { problem: 'the row has not one cell for each column' }
  const phone =
    written.find((cell) => /^\+\d/.test(cell)) ??
    written.find((cell) => looksLikePhone.test(cell) && !looksLikeDate.test(cell))
  const email = written.find((cell) => looksLikeEmail.test(cell))
  return {
    cells: { action: 'opt-out', ...(phone && { phone }), ...(email && { email }) },
    isRescued: true,
  }
}
