import type { Cells } from './columns.ts'
import { ownColumns } from './columns.ts'
import { columnName } from './csv-header.ts'

/** An item of a till's batch as a row; an item of several groups is one for each. */
export type TillItem = { readonly idSuffix: string; readonly cells: Cells }

type Fields = Readonly<Partial<Record<string, unknown>>>

const known: ReadonlySet<string> = new Set(ownColumns)

/** What stands in an object within an item, and the column it is. */
const nested: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  form: {
    id: 'form_id',
    version: 'form_version',
    language: 'form_language',
    disclosure: 'disclosure',
    disclosure_ref: 'disclosure_id',
    disclosure_id: 'disclosure_id',
  },
  signature: { blob_ref: 'signature_ref', ref: 'signature_ref', sha256: 'signature_sha256' },
  clock: { source: 'clock', boot_id: 'boot_id', monotonic_ms: 'monotonic_ms' },
  address: { kind: 'address_kind', value: 'address' },
  scope: { group: 'group', brand: 'brand', family: 'family', purpose: 'purpose' },
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * What a batch says for all of its items. Nothing that a retry in another batch says otherwise, but
 * for the sending, which does not count as content.
 */
const ofBatch: ReadonlySet<string> = new Set([
  'actor',
  'associate_id',
  'batch_id',
  'brand',
  'device_id',
  'disclosure',
  'disclosure_id',
  'form_id',
  'form_language',
  'form_version',
  'method',
  'sent_at',
  'store_id',
])

/** What a batch says for those of its items that do not say it themselves, and its boot id. */
export function batchCells(batch: unknown): Cells {
  const cells = isObject(batch) ? cellsOf(batch) : {}
  return Object.fromEntries(
    Object.entries(cells).filter(([name]) => ofBatch.has(name) || name === 'boot_id'),
  )
}

/** An item as rows, with what its batch says for all. */
export function tillItems(item: unknown, batch: Cells): readonly TillItem[] {
  const fields = isObject(item) ? item : {}
  const { boot_id: sendingBoot, sent_at: batchSentAt, ...shared } = batch
  const own = cellsOf(fields)
  // A device that was started anew in between may have set its clock: that it was off by the same
  // when it sent says nothing then (in-person facts, section 5, trap 2).
  const isSameBoot = [undefined, sendingBoot].includes(own['boot_id']) || sendingBoot === undefined
  const sentAt = own['sent_at'] ?? (isSameBoot ? batchSentAt : undefined)
  const cells: Cells = { ...shared, ...own, ...(sentAt !== undefined && { sent_at: sentAt }) }
  const groups = textsOf(fields['groups'])
  if (isFewScopes(groups)) return each(groups, (group) => ({ ...cells, group }))
  const channels = textsOf(fields['channels'])
  if (isFewScopes(channels) && cells['group'] === undefined) {
    return each(channels, (family) => ({ ...cells, family }))
  }
  return [{ idSuffix: '', cells }]
}

/** How many groups or channels one item may name; a longer list is read as none. */
const scopesMax = 20

function each(names: readonly string[], cellsFor: (name: string) => Cells): readonly TillItem[] {
  return names.map((name, index) => ({
    idSuffix: index === 0 ? '' : `:${name}`,
    cells: cellsFor(name),
  }))
}

const isFewScopes = (names: readonly string[]): boolean =>
  names.length > 0 && names.length <= scopesMax

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string' && one.trim() !== '')
    : []

function cellsOf(fields: Fields): Cells {
  const cells: Record<string, string> = {}
  const add = (name: string, value: unknown): void => {
    // A till may send a number where it means digits.
    if (typeof value !== 'string' && typeof value !== 'number') return
    const text = String(value).trim()
    if (text !== '') cells[name] = name === 'disclosure_id' ? text.replace(/^sha256:/, '') : text
  }
  for (const [written, value] of Object.entries(fields)) {
    const name = columnName(written)
    const inner = nested[name]
    if (isObject(value) && inner !== undefined) {
      if (name === 'scope' && value['all'] === true) add('scope', 'all')
      for (const [key, column] of Object.entries(inner)) add(column, value[key])
    } else if (known.has(name)) add(name, value)
  }
  return cells
}
