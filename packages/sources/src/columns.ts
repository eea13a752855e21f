/** The cells of one row, by the names of their columns; an empty cell is absent. */
export type Cells = Readonly<Partial<Record<string, string>>>

/** What the columns of evidence are called in an event. */
export const evidenceOfColumn: Readonly<Record<string, string>> = {
  store_id: 'storeId',
  device_id: 'deviceId',
  associate_id: 'associateId',
  witness_id: 'witnessId',
  app_version: 'appVersion',
  boot_id: 'bootId',
  monotonic_ms: 'monotonicMs',
  disclosure: 'disclosure',
  disclosure_id: 'disclosureId',
  script_id: 'scriptId',
  form_id: 'formId',
  form_version: 'formVersion',
  form_language: 'formLanguage',
  form_ref: 'formRef',
  form_url: 'formUrl',
  message_id: 'messageId',
  signature_ref: 'signatureRef',
  signature_sha256: 'signatureSha256',
  address_raw: 'addressRaw',
  source_system: 'sourceSystem',
  reason: 'reason',
}

/** Columns that name a person. */
export const addressColumns = [
  'phone',
  'email',
  'external_id',
  'address',
  'address_kind',
  'user_alias_name',
  'user_alias_label',
] as const

/** Columns that say what is subscribed to. */
export const scopeColumns = ['group', 'brand', 'family', 'scope', 'purpose'] as const

/** All columns that we read, of files and of the items of a till's batch. */
export const ownColumns: readonly string[] = [
  ...addressColumns,
  ...scopeColumns,
  'action',
  'state',
  'actor',
  'method',
  'clock',
  'occurred_at',
  'sent_at',
  'valid_until',
  'item_id',
  'line_id',
  'batch_id',
  ...Object.keys(evidenceOfColumn),
]

/** Columns of our own exports that say nothing to an import. */
export const exportedOnly: readonly string[] = [
  'subject',
  'decisive_event_id',
  'held',
  'send_block',
]

/** The columns of a Braze import that speak of subscriptions. */
export const brazeColumns: readonly string[] = [
  'external_id',
  'email',
  'phone',
  'user_alias_name',
  'user_alias_label',
  'subscription_group_id',
  'subscription_state',
  'email_subscribe',
]

/** Opt-in and opt-out as files say them: `Opt-Out`, `opt out`, `OPT_OUT`, `unsubscribed`. */
const words: ReadonlyMap<string, 'opt-in' | 'opt-out'> = new Map([
  ...['opt-in', 'optin', 'opted-in', 'subscribe', 'subscribed'].map(
    (word) => [word, 'opt-in'] as const,
  ),
  ...['opt-out', 'optout', 'opted-out', 'unsubscribe', 'unsubscribed', 'stop'].map(
    (word) => [word, 'opt-out'] as const,
  ),
])

const hyphened = (cell: string): string =>
  cell
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-')

const hasOptOut = /(^|-)(opt(ed)?-?out|unsubscribed?|stop)(-|$)/

/**
 * The action that a cell names. One that has an opt-out among other words is an opt-out; any other
 * is handed on as it is, to be refused by name.
 */
export function actionOf(cell: string): string {
  const word = hyphened(cell)
  return words.get(word) ?? (hasOptOut.test(word) ? 'opt-out' : word)
}

/** True for a cell that says that somebody wants out, and nothing else. */
export const isOptOutWord = (cell: string): boolean => words.get(hyphened(cell)) === 'opt-out'

/** `Paper Form` as the method `paper-form`. */
export const methodOf = (cell: string): string => hyphened(cell)
