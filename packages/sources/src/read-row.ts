import type { Problem, Signal } from '@ledger/domain'
import { parseSignal, signalTypePrefix } from '@ledger/domain'
import type { Cells } from './columns.ts'
import type { Contact } from './contacts.ts'
import { contactsOf, optInContact } from './contacts.ts'
import { actionOf, evidenceOfColumn, methodOf } from './columns.ts'
import { claimedTime } from './time-cell.ts'

/** A CloudEvent as `POST /v1/signals` takes it. */
export type RowEvent = {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  readonly data: object
}

/**
 * One thing that a row says, or why it says none; a row that says several has several of its
 * number. The field of a problem is the name of a column.
 */
export type ReadRow = { readonly row: number; readonly id: string } & (
  | {
      readonly event: RowEvent
      readonly signal: Signal
      /** The column in which a field of the event stood. */
      readonly columnOf: (field: string) => string
    }
  | { readonly problem: Problem }
)

/** What holds for all rows of a file or a batch. */
export type RowContext = {
  readonly source: string
  /** True for a list from elsewhere: whatever it says of actors, it speaks as an import. */
  readonly isImport: boolean
  /** The country of phones that lack their plus; without one nobody guesses. */
  readonly country?: string | undefined
  /** The channel of a group, where it is known. */
  readonly channelOf?: ((group: string) => string | undefined) | undefined
}

/** One thing said: what, of which scope, and the columns that it stood in. */
export type Said = {
  readonly id: string
  readonly action: string
  readonly scope: unknown
  /** The family that is reached by it, where that is known. */
  readonly family: string | undefined
  readonly columns: { readonly action: string; readonly scope: string }
}

const problemAt = (field: string, detail: string): Problem => ({
  code: 'invalid-signal',
  detail,
  field,
})

/** A row's columns by the names that its file gives them. */
export function withWrittenNames(read: ReadRow, nameOf: (column: string) => string): ReadRow {
  if (!('problem' in read)) {
    const { columnOf } = read
    return { ...read, columnOf: (field) => nameOf(columnOf(field)) }
  }
  const { field = 'row' } = read.problem
  return { ...read, problem: { ...read.problem, field: nameOf(field) } }
}

/** Reads a row of our own columns. */
export function readOwnRow(
  row: number,
  id: string,
  cells: Cells,
  context: RowContext,
): readonly ReadRow[] {
  const actions = [cells['action'], cells['state']].flatMap((cell) =>
    cell === undefined ? [] : [actionOf(cell)],
  )
  const action = actions.includes('opt-out') ? 'opt-out' : (actions[0] ?? '')
  const isState = cells['action'] === undefined && cells['state'] !== undefined
  const { group, brand, family, scope, purpose } = cells
  const column = (['group', 'scope', 'family'] as const).find((name) => cells[name]) ?? 'group'
  const channel = family ?? (group === undefined ? undefined : context.channelOf?.(group))
  const reach = purpose === undefined ? {} : { purpose }
  const wide = family === undefined ? undefined : { ...(brand && { brand }), family, ...reach }
  const all = scope === 'all' ? { all: true, ...reach } : scope
  return readSaid(row, cells, context, {
    id,
    action,
    scope: group === undefined ? (wide ?? all) : { group },
    family: channel,
    columns: { action: isState ? 'state' : 'action', scope: column },
  })
}

/**
 * Reads one thing that a row says. An opt-out is one of every address that the row has; an opt-in
 * of the one that reaches the group.
 */
export function readSaid(
  row: number,
  cells: Cells,
  context: RowContext,
  said: Said,
): readonly ReadRow[] {
  const { id, action } = said
  if (context.isImport && action !== 'opt-in' && action !== 'opt-out') {
    const detail = 'expected opt-in or opt-out, subscribed or unsubscribed'
    return [{ row, id, problem: problemAt(said.columns.action, detail) }]
  }
  const contacts = contactsOf(cells, context.country)
  if (action === 'opt-out') {
    const [first, ...others] = contacts
    return [
      readOne(row, id, cells, context, said, first),
      ...others.map((each) => readOne(row, `${id}:${each.column}`, cells, context, said, each)),
    ]
  }
  const chosen = optInContact(contacts, said.family, cells['external_id'] !== undefined)
  if ('problem' in chosen) return [{ row, id, problem: chosen.problem }]
  return [readOne(row, id, cells, context, said, chosen.contact)]
}

function readOne(
  row: number,
  id: string,
  cells: Cells,
  context: RowContext,
  said: Said,
  contact: Contact | undefined,
): ReadRow {
  const isOptOut = said.action === 'opt-out'
  if (!isOptOut && Object.values(cells).some((cell) => cell?.includes('\uFFFD'))) {
    return { row, id, problem: problemAt('row', 'the row is not UTF-8') }
  }
  const { source } = context
  const type = `${signalTypePrefix}${said.action}`
  const data = dataOf(cells, context, said, contact)
  const event: RowEvent = { specversion: '1.0', id, source, type, data }
  const parsed = parseSignal(event)
  const addressColumn =
    contact?.column ?? (cells['external_id'] === undefined ? 'phone' : 'external_id')
  const columnOf = columnsOf(addressColumn, said)
  if (parsed.ok) return { row, id, event, signal: parsed.signal, columnOf }
  const { code, detail, field = 'row' } = parsed.problem
  return { row, id, problem: { code, detail, field: columnOf(field) } }
}

const columnOfData: Readonly<Record<string, string>> = {
  externalId: 'external_id',
  claimedAt: 'occurred_at',
  sentAt: 'sent_at',
  validUntil: 'valid_until',
}

/** `data.scope.group` was the column `group`, or whatever the form calls it. */
const columnsOf =
  (addressColumn: string, { columns }: Said) =>
  (field: string): string => {
    const [root = '', name = 'address'] = field.split('.')
    if (root === 'type') return columns.action
    if (root !== 'data') return root
    if (name === 'address') return addressColumn
    return name === 'scope' ? columns.scope : (columnOfData[name] ?? name)
  }

function dataOf(
  cells: Cells,
  { isImport }: RowContext,
  { action, scope }: Said,
  contact: Contact | undefined,
): object {
  const { occurred_at: occurredAt, clock = isImport ? 'human' : 'device' } = cells
  const time = claimedTime(occurredAt, action === 'opt-out')
  const actor = isImport ? 'import' : (cells['actor'] ?? 'person')
  const evidence = Object.entries(evidenceOfColumn).map(([column, key]) => [key, cells[column]])
  return defined({
    address: contact?.address,
    externalId: cells['external_id'],
    scope,
    actor,
    method: methodOf(cells['method'] ?? (isImport ? 'import' : 'paper-form')),
    clock: time?.isDay === true ? 'human' : clock,
    claimedAt: time?.at,
    sentAt: cells['sent_at'],
    ...(action === 'opt-in' && { validUntil: cells['valid_until'] }),
    evidence: defined({
      ...(Object.fromEntries(evidence) as object),
      ...(isImport && { actor: cells['actor'] }),
      assumedCountry: contact?.assumedCountry,
    }),
  })
}

function defined(object: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
