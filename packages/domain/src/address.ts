import type { CountryCode } from 'libphonenumber-js/min'
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import * as z from 'zod'

/** Kinds are open: a source may bring its own, and then values are matched as they are, trimmed. */
export const addressKind = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/)

/** A contact point as a source or a caller writes it. */
export const addressSchema = z.strictObject({
  kind: addressKind,
  value: z.string().min(1).max(512),
})
export type Address = z.infer<typeof addressSchema>

/** An address in the one spelling under which it is found again; `given` keeps the source's own. */
export type NormalAddress = {
  readonly kind: string
  readonly value: string
  readonly given: string
  /** False for an address nobody can be reached at; only an opt-out is recorded under one. */
  readonly isParsable: boolean
}

/** Other names that sources give to the kinds we know; an unknown kind stands for itself. */
const kindAliases: ReadonlyMap<string, string> = new Map([
  ...['sms', 'mms', 'rcs', 'tel', 'mobile', 'msisdn', 'phone-number'].map(
    (alias) => [alias, 'phone'] as const,
  ),
  ...['e-mail', 'mail'].map((alias) => [alias, 'email'] as const),
  ['whatsapp', 'whatsapp-user'],
  ['messenger', 'messenger-user'],
  ['telegram', 'telegram-user'],
  ['viber', 'viber-user'],
])

/**
 * A user alias of Braze as one address: `<label>:<name>`, both percent-encoded, so that no other
 * label and name are spelt the same.
 */
export const userAlias = (label: string, name: string): Address => ({
  kind: 'user-alias',
  value: [label, name].map((part) => encodeURIComponent(part.toWellFormed())).join(':'),
})

const emailShape = /^[^\s@]{1,64}@[^\s@]{1,255}$/u

/**
 * Brings an address into its matching form. A phone becomes E.164 when it is a *possible* number
 * (validity is not a gate: new ranges open faster than metadata is updated); an e-mail address is
 * case-folded and NFC; every other kind is trimmed. Never throws.
 */
export function normaliseAddress(address: Address): NormalAddress {
  const given = address.value
  const kind = kindAliases.get(address.kind) ?? address.kind
  const trimmed = given.trim()
  const value = matchingForm(kind, trimmed)
  return { kind, value: value ?? trimmed, given, isParsable: value !== null }
}

const bareDigits = /^[\d\s().-]{8,24}$/

/**
 * The address of somebody who wants out: read like any other, and where a phone lost its plus, as a
 * spreadsheet makes it, with the plus again. For an opt-in that would be a guess of the country;
 * for an opt-out it is the plausible reading (in-person facts section 6).
 */
export function normaliseOptOutAddress(address: Address): NormalAddress {
  const normal = normaliseAddress(address)
  if (normal.isParsable || normal.kind !== 'phone' || !bareDigits.test(normal.value)) return normal
  const repaired = normaliseAddress({ kind: 'phone', value: `+${normal.value.replace(/\D/g, '')}` })
  return repaired.isParsable ? { ...repaired, given: address.value } : normal
}

function matchingForm(kind: string, trimmed: string): string | null {
  if (trimmed === '') return null
  switch (kind) {
    case 'phone':
      return e164(trimmed)
    case 'email':
      return emailOf(trimmed)
    default:
      return trimmed
  }
}

function emailOf(trimmed: string): string | null {
  const bare = trimmed.replace(/^mailto:/i, '').replace(/^<(.*)>$/, '$1')
  return emailShape.test(bare) ? bare.normalize('NFC').toLowerCase() : null
}

const asciiPlus = /^\+[\d\s().-]+$/
/** Marks of writing direction, which copying a number from a chat brings along. */
const directionMarks = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

function e164(trimmed: string): string | null {
  const text = asciiPlus.test(trimmed)
    ? trimmed
    : trimmed.normalize('NFKC').replace(directionMarks, '').replace(/^tel:/i, '').trim()
  // Without a leading plus the country would be a guess (in-person facts, section 6).
  if (!text.startsWith('+')) return null
  const number = parsePhoneNumberFromString(text)
  return number !== undefined && number.isPossible() ? number.number : null
}

/** True for the two letters of a country whose phone numbers we know, such as `US`. */
export const isPhoneCountry = (code: string): code is CountryCode => isSupportedCountry(code)

/**
 * A phone as people of one country write it, in E.164; null when it is not possible there. Only for
 * whoever was told the country: to guess it would be to message somebody else.
 */
export function phoneInCountry(text: string, country: CountryCode): string | null {
  const plain = text.normalize('NFKC').replace(directionMarks, '')
  const number = parsePhoneNumberFromString(plain, country)
  return number !== undefined && number.isPossible() ? number.number : null
}

/** What an answer may show of an address to somebody who asked by another one. */
export function maskAddress(address: { readonly kind: string; readonly value: string }): string {
  const { kind, value } = address
  if (kind === 'email') {
    const at = value.lastIndexOf('@')
    return at > 0 ? `${value.slice(0, 1)}***${value.slice(at)}` : '***'
  }
  return value.length > 6 ? `${value.slice(0, 3)}***${value.slice(-2)}` : '***'
}
