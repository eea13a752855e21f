import { randomBytes } from 'node:crypto'
import type { Address, Micros, ScopeKey } from '@ledger/domain'
import { addressSchema } from '@ledger/domain'
import type { Keyring } from '@ledger/ledger'
import * as z from 'zod'

export const linkPurposes = ['unsubscribe', 'preferences', 'confirm'] as const
export type LinkPurpose = (typeof linkPurposes)[number]

/** What a link in a message stands for: who may do what by it. Only its holder and we know. */
export type Link = {
  /** Random, and no secret: it finds the link's key, and stands on record in the token's place. */
  readonly id: string
  readonly purpose: LinkPurpose
  readonly address: Address
  readonly scope: ScopeKey
  /** Null for one that never runs out. */
  readonly expiresAt: Micros | null
}

type LinkKeys = Pick<Keyring, 'sealLink' | 'openLink'>

const idBytes = 16
/** 16 bytes of id, 28 of seal, at most 512 characters of address, in base64. */
export const tokenLengthMax = 3_072

const contentSchema = z.tuple([
  z.enum(linkPurposes),
  addressSchema.shape.kind,
  addressSchema.shape.value,
  z.string(),
  z.int().nullable(),
])

/**
 * A new token: the id, and purpose, address, scope and end sealed under the key of this id. Nobody
 * can make one, change one, or read in it whom it is about; the same wish gives another each time.
 */
export function mintToken(keyring: LinkKeys, link: Omit<Link, 'id'>): string {
  const id = randomBytes(idBytes)
  const { purpose, address, scope, expiresAt } = link
  const content = JSON.stringify([purpose, address.kind, address.value, scope, expiresAt])
  const sealed = keyring.sealLink(id.toString('hex'), Buffer.from(content, 'utf8'))
  return Buffer.concat([id, sealed]).toString('base64url')
}

/** The link behind a token; null for what this ledger did not make. An old one is read as well. */
export function openToken(keyring: LinkKeys, token: string): Link | null {
  if (token.length > tokenLengthMax || !/^[\w-]+$/.test(token)) return null
  const bytes = Buffer.from(token, 'base64url')
  const id = bytes.subarray(0, idBytes).toString('hex')
  const opened = keyring.openLink(id, bytes.subarray(idBytes))
  if (opened === null) return null
  // What was sealed here is in the shape that was sealed here.
  const [purpose, kind, value, scope, expiresAt] = contentSchema.parse(
    JSON.parse(opened.toString('utf8')),
  )
  return { id, purpose, address: { kind, value }, scope: scope as ScopeKey, expiresAt }
}

export const isExpired = ({ expiresAt }: Link, now: Micros): boolean =>
  expiresAt !== null && expiresAt <= now
