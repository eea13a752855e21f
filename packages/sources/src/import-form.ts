import { addressColumns, brazeColumns, exportedOnly, ownColumns, scopeColumns } from './columns.ts'
import type { CsvHeader } from './csv-header.ts'
import { problemOfNames, readCsvHeader } from './csv-header.ts'

/** Whose columns a list has: ours, or those of a Braze import. */
export const importForms = ['ledger', 'braze'] as const
export type ImportForm = (typeof importForms)[number]

export type Recognised =
  | { readonly ok: true; readonly header: CsvHeader; readonly form: ImportForm }
  | { readonly ok: false; readonly detail: string }

const refuse = (detail: string): Recognised => ({ ok: false, detail })

const ofBraze = ['subscription_group_id', 'subscription_state', 'email_subscribe']
const ofOurs = ['action', 'state', ...scopeColumns]

const columnsOfForm: Readonly<Record<ImportForm, readonly string[]>> = {
  ledger: [...ownColumns, ...exportedOnly],
  braze: brazeColumns,
}

const listed = (names: readonly string[]): string => names.join(', ')
const knownColumns = (form: ImportForm): string =>
  `known columns (${form}): ${listed(columnsOfForm[form])}`

/**
 * Tells by its header what a list is. A column that is not known stops it, because a misspelt one
 * would lose what it says; `ignored` names those that need not be read.
 * @param text the first lines of the file
 */
export function recogniseImport(
  text: string,
  asked: { readonly form?: ImportForm | undefined; readonly ignored?: readonly string[] },
): Recognised {
  const read = readCsvHeader(text)
  const ignored = new Set(asked.ignored?.map((name) => name.trim().toLowerCase()))
  const names = read.names.map((name) => (ignored.has(name) ? '' : name))
  const header = { ...read, names }
  const twice = problemOfNames(names)
  if (twice !== null) return refuse(twice)
  const isBraze = names.some((name) => ofBraze.includes(name))
  const isOurs = names.some((name) => ofOurs.includes(name))
  if (asked.form === undefined && isBraze && isOurs) {
    return refuse('the header has columns of both forms; say --format ledger or --format braze')
  }
  if (asked.form === undefined && !isBraze && !isOurs) {
    const forms = importForms.map(knownColumns)
    return refuse(`the header is of no form we know. ${forms.join('; ')}`)
  }
  const form = asked.form ?? (isBraze ? 'braze' : 'ledger')
  const unknown = names.filter((name) => name !== '' && !columnsOfForm[form].includes(name))
  if (unknown.length > 0) {
    return refuse(
      `unknown columns: ${listed(unknown.map((name) => JSON.stringify(name)))}; ` +
        `name them in --ignore if they need not be read. ${knownColumns(form)}`,
    )
  }
  const missing = missingOf(names, form)
  return missing === null ? { ok: true, header, form } : refuse(missing)
}

/** What a header lacks, so that no list is imported of which nothing could be read. */
function missingOf(names: readonly string[], form: ImportForm): string | null {
  const has = (name: string): boolean => names.includes(name)
  const named = addressColumns.filter((name) => name !== 'address_kind')
  if (!named.some(has)) return `the header names nobody; expected one of ${listed(named)}`
  if (has('user_alias_name') !== has('user_alias_label')) {
    return 'an alias needs both user_alias_name and user_alias_label'
  }
  if (form === 'braze') {
    if (has('subscription_state') === has('subscription_group_id')) {
      if (has('subscription_state') || has('email_subscribe')) return null
    }
    return 'expected subscription_group_id with subscription_state, or email_subscribe'
  }
  if (!has('action') && !has('state')) return 'expected the column action or state'
  if (scopeColumns.some((name) => name !== 'purpose' && name !== 'brand' && has(name))) return null
  return 'expected the column group, family or scope, so that it is plain what is subscribed to'
}
