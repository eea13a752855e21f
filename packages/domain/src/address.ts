import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
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

const emailShape = /^[^\s@]{1,64}@[^\s@]{1,255}$/u

/**
 * Brings an address into its matching form. A phone becomes E.164 when it is a *possible* number
 * (validity is not a gate: new ranges open faster than metadata is updated); an e-mail address is
 * case-folded and NFC; every other kind is trimmed. Never throws.
 */
export function normaliseAddress(address: Address): NormalAddress {
  const given = address.value
  const trimmed = given.trim()
  const value = matchingForm(address.kind, trimmed)
  return { kind: address.kind, value: value ?? trimmed, given, isParsable: value !== null }
}

function matchingForm(kind: string, trimmed: string): string | null {
  if (trimmed === '') return null
  switch (kind) {
    case 'phone':
      return e164(trimmed)
    case 'email':
      return emailShape.test(trimmed) ? trimmed.normalize('NFC').toLowerCase() : null
    default:
      return trimmed
  }
}

function e164(trimmed: string): string | null {
  // Without a leading plus the country would be a guess (in-person facts, section 6).
  if (!trimmed.startsWith('+')) return null
  const number = parsePhoneNumberFromString(trimmed)
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
