import type { Problem } from '@ledger/domain'
import type { Cells } from './columns.ts'
import type { CsvHeader } from './csv-header.ts'
import { writtenName } from './csv-header.ts'
import type { CsvRecord } from './csv-records.ts'
import { createCsvRecords } from './csv-records.ts'
import type { ImportForm } from './import-form.ts'
import type { ReadRow, RowContext } from './read-row.ts'
import { readOwnRow, readSaid, withWrittenNames } from './read-row.ts'
import { rowCells } from './row-cells.ts'

/** A list about to be read. */
export type ImportFile = {
  readonly header: CsvHeader
  readonly form: ImportForm
  /** SHA-256 of the file's bytes, in hex: with it and their numbers, rows are told for ever. */
  readonly sha256: string
  readonly country?: string | undefined
  readonly channelOf: (group: string) => string | undefined
}

/** Reads a list piece by piece. */
export type ImportRows = {
  readonly push: (text: string) => readonly ReadRow[]
  readonly end: () => readonly ReadRow[]
  /** How many rows were read so far, also those that say nothing. */
  readonly count: () => number
}

/** The rows of a list; the first below the header is 1. */
export function createImportRows(file: ImportFile): ImportRows {
  const { header, form, sha256, country, channelOf } = file
  const context = { source: `urn:import:${sha256}`, isImport: true, country, channelOf }
  const records = createCsvRecords(header)
  const read = form === 'braze' ? readBrazeRow : readLedgerRow
  const nameOf = (column: string): string => writtenName(header, column)
  let row = -header.lines

  const readAll = (all: readonly CsvRecord[]): readonly ReadRow[] =>
    all.flatMap((record) => {
      row += 1
      if (row < 1) return []
      const under = rowCells(record, header)
      if ('problem' in under) return [{ row, id: String(row), problem: broken(under.problem) }]
      // A row of nothing but delimiters, of which spreadsheets write many.
      if (Object.keys(under.cells).length === 0) return []
      const rescue = under.isRescued ? readLedgerRow : read
      return rescue(row, under.cells, context).map((each) => withWrittenNames(each, nameOf))
    })

  return {
    push: (text) => readAll(records.push(text)),
    end: () => readAll(records.end()),
    count: () => Math.max(0, row),
  }
}

const broken = (detail: string): Problem => ({ code: 'invalid-signal', detail, field: 'row' })

const readLedgerRow = (row: number, cells: Cells, context: RowContext): readonly ReadRow[] =>
  readOwnRow(row, String(row), cells, context)

/** What the states of Braze's columns say. `subscribed` of a group is all that a row may grant. */
const groupStates: ReadonlyMap<string, string> = new Map([
  ['subscribed', 'opt-in'],
  ['unsubscribed', 'opt-out'],
])
const emailStates: ReadonlyMap<string, string> = new Map([...groupStates, ['opted_in', 'opt-in']])

/** A row of Braze's columns: the state of one group, the global state of e-mail, or both. */
function readBrazeRow(row: number, cells: Cells, context: RowContext): readonly ReadRow[] {
  const { subscription_group_id: group, subscription_state: state, email_subscribe: email } = cells
  const said: ReadRow[] = []
  const refuse = (field: string, detail: string): void => {
    said.push({ row, id: String(row), problem: { code: 'invalid-signal', detail, field } })
  }
  // A blank cell never overwrites.
  if (state !== undefined) {
    const action = groupStates.get(state.toLowerCase())
    const columns = { action: 'subscription_state', scope: 'subscription_group_id' }
    const family = group === undefined ? undefined : context.channelOf?.(group)
    const scope = group === undefined ? undefined : { group }
    if (action === undefined) refuse(columns.action, 'expected subscribed or unsubscribed')
    else
      said.push(
        ...readSaid(row, cells, context, { id: String(row), action, scope, family, columns }),
      )
  }
  if (email !== undefined) {
    const action = emailStates.get(email.toLowerCase())
    const columns = { action: 'email_subscribe', scope: 'email_subscribe' }
    const about = { id: `${row}:global`, scope: { family: 'email' }, family: 'email', columns }
    const { phone: _phone, ...ofEmail } = cells
    const own = cells['email'] === undefined ? cells : ofEmail
    if (action === undefined)
      refuse('email_subscribe', 'expected opted_in, subscribed or unsubscribed')
    else said.push(...readSaid(row, own, context, { ...about, action }))
  }
  return said
}
