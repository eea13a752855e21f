import { createHash } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import type { Problem, Signal } from '@ledger/domain'
import { parseSignal } from '@ledger/domain'

/** One row of a batch: a signal, or why it is none. */
export type InPersonRow =
  | { readonly row: number; readonly id: string; readonly signal: Signal }
  | { readonly row: number; readonly id: string; readonly problem: Problem }

export type InPersonBatch =
  | { readonly ok: true; readonly rows: readonly InPersonRow[] }
  | { readonly ok: false; readonly problem: Problem }

/** The columns of a file, and of an item of a JSON batch. */
const columns = [
  'item_id',
  'phone',
  'email',
  'external_id',
  'group',
  'brand',
  'family',
  'action',
  'method',
  'actor',
  'clock',
  'occurred_at',
  'sent_at',
  'store_id',
  'device_id',
  'associate_id',
  'disclosure',
  'disclosure_id',
  'form_ref',
  'signature_ref',
] as const
type Column = (typeof columns)[number]
type Cells = Readonly<Partial<Record<Column, string>>>

const refuse = (detail: string, field?: string): InPersonBatch => ({
  ok: false,
  problem: { code: 'invalid-signal', detail, ...(field === undefined ? {} : { field }) },
})

/**
 * Reads a batch from a till or tablet: CSV with a header (RFC 4180, BOM and `;` allowed) or JSON
 * `{ "items": [...] }`. A broken row never blocks its neighbours; its number counts the rows of
 * data from 1. A row's identity is its `item_id`, made on the device when the person acted, else
 * the hash of the whole file and its number, so that the same file again changes nothing. A row is
 * a signal about its phone, or about its e-mail address when it has no phone; an opt-out of both is
 * two of the same number.
 * @param name the source's name in the path; events carry `urn:in-person:<name>`
 */
export function readInPersonBatch(name: string, contentType: string, body: string): InPersonBatch {
  const read = contentType.startsWith('text/csv') ? readCsv(body) : readJson(body)
  if (!read.ok) return refuse(read.detail)
  const fileHash = createHash('sha256').update(body, 'utf8').digest('hex')
  return {
    ok: true,
    rows: read.items.flatMap((cells, index) => readRow(name, fileHash, index + 1, cells)),
  }
}

type Items =
  | { readonly ok: true; readonly items: readonly Cells[] }
  | { readonly ok: false; readonly detail: string }

/** What a header must name, so that a file without one is not taken for a file without rows. */
const keyColumns: readonly Column[] = ['phone', 'email', 'external_id']

function readCsv(body: string): Items {
  const text = body.replace(/^\uFEFF/, '')
  const header = text.slice(0, text.search(/[\r\n]|$/))
  const delimiter = header.includes(';') && !header.includes(',') ? ';' : ','
  const names = header.split(delimiter).map((name) => name.replaceAll('"', '').trim().toLowerCase())
  if (!names.includes('action') || !keyColumns.some((column) => names.includes(column))) {
    const detail = 'expected a header line that names `action` and one of `phone`, `email`, '
    return { ok: false, detail: `${detail}\`external_id\`` }
  }
  const rows = text.slice(header.length)
  try {
    return { ok: true, items: parseRows(rows, names, delimiter) }
  } catch {
    // One stray quote runs on over the rows behind it: read line by line, it costs its own row
    // alone.
    const lines = rows.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '')
    return { ok: true, items: lines.map((line) => parseLine(line, names, delimiter)) }
  }
}

function parseRows(rows: string, names: string[], delimiter: string): Cells[] {
  return parse(rows, {
    columns: names,
    delimiter,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: 64 * 1024,
  })
}

/**
 * A line that is no CSV is split at its delimiters: an opt-out in it still says of whom it speaks.
 */
function parseLine(line: string, names: string[], delimiter: string): Cells {
  try {
    return parseRows(line, names, delimiter)[0] ?? {}
  } catch {
    const cells = line.split(delimiter).map((cell) => cell.replaceAll('"', '').trim())
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']))
  }
}

function readJson(body: string): Items {
  try {
    const parsed: unknown = JSON.parse(body)
    const items: unknown =
      typeof parsed === 'object' && parsed !== null && 'items' in parsed ? parsed.items : parsed
    if (!Array.isArray(items))
      return { ok: false, detail: 'expected an object with a list `items`' }
    return { ok: true, items: items.map(cellsOf) }
  } catch {
    return { ok: false, detail: 'the body is not JSON' }
  }
}

function cellsOf(item: unknown): Cells {
  if (typeof item !== 'object' || item === null) return {}
  const known = columns.flatMap((column): [Column, string][] => {
    const cell = (item as Readonly<Record<string, unknown>>)[column]
    // A till may send a number where it means digits.
    return typeof cell === 'string' || typeof cell === 'number' ? [[column, String(cell)]] : []
  })
  return Object.fromEntries(known)
}

function readRow(
  name: string,
  fileHash: string,
  row: number,
  cells: Cells,
): readonly InPersonRow[] {
  const id = filled(cells.item_id) ?? `${fileHash}:${row}`
  const action = actionOf(filled(cells.action) ?? 'none')
  const own = readSignal(name, id, row, action, cells)
  const hasBoth = filled(cells.phone) !== undefined && filled(cells.email) !== undefined
  if (action !== 'opt-out' || !hasBoth) return [own]
  const { phone: _phone, ...ofEmail } = cells
  return [own, readSignal(name, `${id}:email`, row, action, ofEmail)]
}

function readSignal(
  name: string,
  id: string,
  row: number,
  action: string,
  cells: Cells,
): InPersonRow {
  const source = `urn:in-person:${name}`
  const type = `subscription.${action}`
  const parsed = parseSignal({ specversion: '1.0', id, source, type, data: dataOf(cells) })
  return parsed.ok ? { row, id, signal: parsed.signal } : { row, id, problem: parsed.problem }
}

/** `Opt-Out`, `opt out`, `OPT_OUT` and `optout` are one word. */
function actionOf(cell: string): string {
  const words = cell.toLowerCase().replace(/[\s_]+/g, '-')
  return words.replace(/^opt(in|out)$/, 'opt-$1')
}

/** An empty cell is no information, never an answer. */
const filled = (cell: string | undefined): string | undefined =>
  cell === undefined || cell.trim() === '' ? undefined : cell.trim()

function dataOf(cells: Cells): object {
  const phone = filled(cells.phone)
  const email = filled(cells.email)
  const address =
    phone !== undefined
      ? { kind: 'phone', value: phone }
      : email !== undefined
        ? { kind: 'email', value: email }
        : undefined
  return defined({
    address,
    externalId: filled(cells.external_id),
    scope: scopeOf(cells),
    actor: filled(cells.actor) ?? 'person',
    method: filled(cells.method) ?? 'paper-form',
    clock: filled(cells.clock) ?? 'device',
    claimedAt: filled(cells.occurred_at),
    sentAt: filled(cells.sent_at),
    evidence: defined({
      disclosure: filled(cells.disclosure),
      disclosureId: filled(cells.disclosure_id),
      storeId: filled(cells.store_id),
      deviceId: filled(cells.device_id),
      associateId: filled(cells.associate_id),
      formRef: filled(cells.form_ref),
      signatureRef: filled(cells.signature_ref),
    }),
  })
}

function scopeOf(cells: Cells): object | string | undefined {
  const group = filled(cells.group)
  if (group !== undefined) return { group }
  const brand = filled(cells.brand)
  const family = filled(cells.family)
  if (family !== undefined) return brand === undefined ? { family } : { brand, family }
  return undefined
}

function defined(object: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
