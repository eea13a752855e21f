import type {
  Action,
  Actor,
  Address,
  Clock,
  Evidence,
  Micros,
  Relation,
  Scope,
  Signal,
} from '@ledger/domain'
import { parseSignal } from '@ledger/domain'
import type { ReadSignal } from './provider.ts'

/** What a provider's message says, in the ledger's words. */
export type Said = {
  /** `urn:<provider>:<account>`: who keeps the ids. */
  readonly urn: string
  /** The provider's message id with element and action; nothing of our configuration. */
  readonly id: string
  readonly action: Action
  readonly address: Address
  readonly externalId?: string | undefined
  readonly scope?: Scope | undefined
  readonly actor: Actor
  readonly method: string
  readonly clock: Clock
  /** RFC 3339; absent when the provider gives no time. */
  readonly claimedAt?: string | undefined
  /** Of an opt-in that ends by itself, RFC 3339. */
  readonly validUntil?: string | undefined
  /** Of a link: the other address, and how the two are one person's. */
  readonly other?: Address | undefined
  readonly relation?: Relation | undefined
  readonly evidence: Evidence
  /** Of an untimed message: how late it may be. */
  readonly delayMicrosMax?: Micros | undefined
  readonly isStale: boolean
  /** Why it is no new act of a person, where the message itself shows it. */
  readonly quarantine?: Signal['quarantine']
}

/** Makes a signal the way every producer does: as a CloudEvent that the law reads. */
export function makeSignal(said: Said): ReadSignal {
  const { urn, id, action, isStale, quarantine, delayMicrosMax, ...rest } = said
  const data = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  const type = `subscription.${action}`
  const parsed = parseSignal({ specversion: '1.0', id, source: urn, type, data })
  if (!parsed.ok) return { ...parsed, id, action }
  const doubt = isStale ? ('stale-signature' as const) : quarantine
  const isDoubted = doubt === undefined ? {} : { quarantine: doubt }
  const signal = { ...parsed.signal, deliveryDelayMicrosMax: delayMicrosMax, ...isDoubted }
  return { ok: true, signal, id, action }
}
