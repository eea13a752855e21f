import type { Problem } from '@ledger/domain'
import { isPhoneCountry, phoneInCountry, userAlias } from '@ledger/domain'
import type { Cells } from './columns.ts'
import { hasLostDigits, repairedPhone } from './spreadsheet-cell.ts'

/** An address that a row has, and where. */
export type Contact = {
  readonly column: string
  readonly address: { readonly kind: string; readonly value: string }
  /** The country by which a number without its plus was read. */
  readonly assumedCountry?: string | undefined
}

const withKind = /^([a-z][a-z0-9-]{0,31}):(.+)$/s

/**
 * The addresses of a row, but for its external id: phone, e-mail, any other, alias.
 */
export function contactsOf(cells: Cells, country: string | undefined): readonly Contact[] {
  const { phone, email, address, address_kind: givenKind } = cells
  const { user_alias_name: name, user_alias_label: label } = cells
  const contacts: Contact[] = []
  if (phone !== undefined) contacts.push({ column: 'phone', ...phoneOf(phone, country) })
  if (email !== undefined) {
    contacts.push({ column: 'email', address: { kind: 'email', value: email } })
  }
  if (address !== undefined)
    contacts.push({ column: 'address', ...anyOf(address, givenKind, country) })
  if (name !== undefined && label !== undefined) {
    contacts.push({ column: 'user_alias_name', address: userAlias(label, name) })
  }
  return contacts
}

type Read = Omit<Contact, 'column'>

function phoneOf(cell: string, country: string | undefined): Read {
  const value = repairedPhone(cell)
  const isWhole = value.startsWith('+') || hasLostDigits(value)
  if (isWhole || country === undefined || !isPhoneCountry(country)) {
    return { address: { kind: 'phone', value } }
  }
  const read = phoneInCountry(value, country)
  if (read === null) return { address: { kind: 'phone', value } }
  return { address: { kind: 'phone', value: read }, assumedCountry: country }
}

/** An address with its kind in a column of its own, before it (`phone:+1...`), or plain to see. */
function anyOf(cell: string, givenKind: string | undefined, country: string | undefined): Read {
  const [, before, rest = cell] = givenKind === undefined ? (withKind.exec(cell) ?? []) : []
  const kind = givenKind ?? before ?? (cell.includes('@') ? 'email' : 'phone')
  return kind === 'phone' ? phoneOf(rest, country) : { address: { kind, value: rest } }
}

type Chosen = { readonly contact: Contact | undefined } | { readonly problem: Problem }

/**
 * The address that an opt-in is about: the one by which its family is reached. A row of an e-mail
 * group that has no e-mail address is about its external id, or about nobody.
 */
export function optInContact(
  contacts: readonly Contact[],
  family: string | undefined,
  hasExternalId: boolean,
): Chosen {
  // Whoever writes an address with its kind has chosen it; and an alias stands for the person.
  const fits = ({ column, address }: Contact): boolean =>
    family === undefined ||
    !['phone', 'email'].includes(column) ||
    (address.kind === 'email') === (family === 'email')
  const contact = contacts.find(fits)
  if (contact === undefined) {
    if (hasExternalId || contacts.length === 0) return { contact: undefined }
    const field = family === 'email' ? 'email' : 'phone'
    const detail = `nobody is reached there by this channel; expected the column ${field}`
    return { problem: { code: 'invalid-address', detail, field } }
  }
  if (contact.address.kind === 'phone' && hasLostDigits(contact.address.value)) {
    const detail = 'a spreadsheet has cut the digits of this number; export the column as text'
    return { problem: { code: 'invalid-address', detail, field: contact.column } }
  }
  return { contact }
}
