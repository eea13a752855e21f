import type { Address } from '@ledger/domain'
import type { BodyRefusal } from './entry.ts'
import { brazeLimits, notBoth, refuseBody, tooManyExternalIds, tooManyIds } from './entry.ts'

/** An identifier as a query asked for it, and the address that it is. */
export type Asked = { readonly text: string; readonly address: Address }

type Query = Readonly<Record<string, unknown>>
type Kind = 'external-id' | 'email' | 'phone'

const names: Readonly<Record<Kind, string>> = {
  'external-id': 'external_id',
  email: 'email',
  phone: 'phone',
}

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? (value as readonly unknown[]) : [value]).filter(
    (each) => typeof each === 'string',
  )

/**
 * A form decoder makes a space of a plus that was sent as it is, which Braze's own examples do. No
 * phone begins with a space and no e-mail address holds one.
 */
function withPlus(kind: Kind, text: string): string {
  if (kind === 'phone') return text.replace(/^ /, '+')
  return kind === 'email' ? text.trim().replaceAll(' ', '+') : text
}

/** The identifiers of one kind: `name=1`, repeated, as `name[]=1`, or as `name[0]=1`. */
function identifiers(query: Query, kind: Kind): readonly Asked[] {
  const isNamed = (key: string): boolean =>
    key === names[kind] || (key.startsWith(`${names[kind]}[`) && /\[\d*\]$/.test(key))
  return Object.keys(query)
    .filter(isNamed)
    .flatMap((key) => textsOf(query[key]))
    .map((text) => withPlus(kind, text))
    .filter((text) => text.trim() !== '')
    .map((text) => ({ text, address: { kind, value: text } }))
}

export type ReadWho = BodyRefusal | { readonly ok: true; readonly asked: readonly Asked[] }

const nobody = 'One of external_id, email or phone must be provided'

function readEach(query: Query): ReadWho & { readonly all?: readonly (readonly Asked[])[] } {
  const all = (['external-id', 'email', 'phone'] as const).map((kind) => identifiers(query, kind))
  const [external = [], ...addresses] = all
  if (external.length > brazeLimits.idsMax) return refuseBody(tooManyExternalIds)
  if (addresses.some(({ length }) => length > brazeLimits.idsMax)) return refuseBody(tooManyIds)
  const asked = all.flat()
  return asked.length === 0 ? refuseBody(nobody) : { ok: true, asked, all }
}

/**
 * Whom `GET /subscription/status/get` asks about: external ids before all else, and never e-mail
 * addresses and phones at once.
 */
export function readWhoseStatus(query: Query): ReadWho {
  const read = readEach(query)
  if (!read.ok) return read
  const [external = [], emails = [], phones = []] = read.all ?? []
  if (external.length > 0) return { ok: true, asked: external }
  if (emails.length > 0 && phones.length > 0) return refuseBody(notBoth)
  return { ok: true, asked: read.asked }
}

export type ReadPage =
  | BodyRefusal
  | {
      readonly ok: true
      readonly asked: readonly Asked[]
      readonly limit: number
      readonly offset: number
    }

const limitMax = 100

/** Whom `GET /subscription/user/status` asks about, and which part of the answer. */
export function readUsersPage(query: Query): ReadPage {
  const { limit = String(limitMax), offset = '0' } = query
  const isLimit = /^\d{1,3}$/.test(String(limit)) && Number(limit) >= 1 && Number(limit) <= limitMax
  if (!isLimit) return refuseBody(`limit: expected a whole number from 1 to ${limitMax}`)
  if (!/^\d{1,9}$/.test(String(offset))) return refuseBody('offset: expected a whole number from 0')
  const read = readEach(query)
  if (!read.ok) return read
  return { ok: true, asked: read.asked, limit: Number(limit), offset: Number(offset) }
}
