import type { EventId, SubjectId } from '@ledger/domain'

/** A subject as the vault knows it. */
export type SubjectEntry = {
  readonly subject: SubjectId
  /** The kind of its address. */
  readonly kind: string
  /** The data key and the address, sealed together by the master key; null once erased. */
  readonly envelope: Uint8Array | null
}

/** A subject about to be created, found from then on by the HMAC of its address. */
export type NewSubject = {
  readonly subject: SubjectId
  readonly kind: string
  readonly addressHash: Uint8Array
  readonly envelope: Uint8Array
}

/** The claim of one event id, unique over the whole ledger and for ever. */
export type NewClaim = {
  readonly eventId: EventId
  readonly subject: SubjectId
  /** HMAC of the signal's content under the subject's key, 16 bytes. */
  readonly digest: Uint8Array
  readonly newSubjects: readonly NewSubject[]
}

export type ClaimResult =
  /** Durable now. `number` grows by one with every claim: the vault's high-water mark. */
  | { readonly outcome: 'claimed'; readonly number: number }
  /** Somebody claimed the id before; nothing was written. */
  | {
      readonly outcome: 'taken'
      readonly number: number
      readonly subject: SubjectId
      readonly digest: Uint8Array
    }
  /**
   * An address of `newSubjects` got its subject meanwhile; nothing was written: find it and retry.
   */
  | { readonly outcome: 'raced' }

/** The secrets of the ledger as the vault keeps them: wrapped by the master key. */
export type VaultSecrets = { readonly wrappedPepper: Uint8Array }

/**
 * What ties addresses to subjects and keeps their keys. Losing it loses every person, so it is kept
 * apart from the log and is never older than it. All methods reject with an `Outage` when out of
 * reach.
 */
export interface Vault {
  /** The wrapped secrets; null in a new vault. */
  readSecrets(): Promise<VaultSecrets | null>
  /** Stores the secrets of a new vault; refuses to replace any. */
  createSecrets(secrets: VaultSecrets): Promise<void>
  /** The subjects of these address hashes, in the same order. */
  findByAddress(hashes: readonly Uint8Array[]): Promise<readonly (SubjectEntry | null)[]>
  /** These subjects, in the same order. */
  findBySubject(subjects: readonly SubjectId[]): Promise<readonly (SubjectEntry | null)[]>
  /** Claims an event id and creates the subjects it needs, in one durable write. */
  claim(claim: NewClaim): Promise<ClaimResult>
  /** The number of the last claim, 0 when there is none. */
  highWaterMark(): Promise<number>
  /** True once a write has failed in a way that may lie: nothing is written until a restart. */
  isWriteStopped(): boolean
  close(): Promise<void>
}
