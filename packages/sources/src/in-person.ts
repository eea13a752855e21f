import { createHash } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import type { Problem, Signal } from '@ledger/domain'
import { parseSignal } from '@ledger/domain'

/** One row of a batch: a signal, or why it is none. */
export type InPersonRow =
  | { readonly row: number; readonly id: string; readonly signal: Signal }
  | { readonly row: number; readonly id: string; readonly problem: Problem }

/** The most rows one batch may hold. */
export const inPersonRowsMax = 10_000

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
 * the hash of the whole file and its number, so that the same file again changes nothing.
 * @param name the source's name in the path; events carry `urn:in-person:<name>`
 */
export function readInPersonBatch(name: string, contentType: string, body: string): InPersonBatch {
  const read = contentType.startsWith('text/csv') ? readCsv(body) : readJson(body)
  if (!read.ok) return refuse(read.detail)
  if (read.items.length > inPersonRowsMax) {
    return refuse(`expected at most ${inPersonRowsMax} rows, found ${read.items.length}`)
  }
  const fileHash = createHash('sha256').update(body, 'utf8').digest('hex')
  return {
    ok: true,
    rows: read.items.map((cells, index) => readRow(name, fileHash, index + 1, cells)),
  }
}

type Items =
  | { readonly ok: true; readonly items: readonly Cells[] }
  | { readonly ok: false; readonly detail: string }

function readCsv(body: string): Items {
  const header = body.slice(0, body.search(/[\r\n]|$/))
  const delimiter = header.includes(';') && !header.includes(',') ? ';' : ','
  try {
    const items: Cells[] = parse(body, {
      columns: (names: string[]) => names.map((each) => each.trim().toLowerCase()),
      bom: true,
      delimiter,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: 64 * 1024,
    })
    return { ok: true, items }
  } catch {
    return { ok: false, detail: 'the file is not CSV with a header line' }
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
    return typeof cell === 'string' ? [[column, cell]] : []
  })
  return Object.fromEntries(known)
}

function readRow(name: string, fileHash: string, row: number, cells: Cells): InPersonRow {
  const id = filled(cells.item_id) ?? `${fileHash}:${row}`
  const parsed = parseSignal({
    specversion: '1.0',
    id,
    source: `urn:in-person:${name}`,
    type: `subscription.${filled(cells.action) ?? 'none'}`,
    data: dataOf(cells),
  })
  return parsed.ok ? { row, id, signal: parsed.signal } : { row, id, problem: parsed.problem }
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
