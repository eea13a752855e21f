import type { EventId, Position, SubjectId } from '@ledger/domain'

/** A subject as the vault knows it. */
export type SubjectEntry = {
  readonly subject: SubjectId
  /** The kind of its address. */
  readonly kind: string
  /** The data key and the address, sealed together by the vault's key; null once erased. */
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

/** The secrets of the ledger as the vault keeps them: sealed by the master key. */
export type VaultSecrets = { readonly wrapped: Uint8Array }

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
  /**
   * Puts secrets in the place of those that were read, in one durable write, and leaves no copy of
   * the old ones behind once the file is at rest. Gives false, and writes nothing, when others
   * stand there by now.
   */
  replaceSecrets(expected: VaultSecrets, secrets: VaultSecrets): Promise<boolean>
  /** The subjects of these address hashes, in the same order. */
  findByAddress(hashes: readonly Uint8Array[]): Promise<readonly (SubjectEntry | null)[]>
  /** These subjects, in the same order. */
  findBySubject(subjects: readonly SubjectId[]): Promise<readonly (SubjectEntry | null)[]>
  /** Claims an event id and creates the subjects it needs, in one durable write. */
  claim(claim: NewClaim): Promise<ClaimResult>
  /** The number of the last claim, 0 when there is none. */
  highWaterMark(): Promise<number>
  /** How far the log went when the vault was last told; null when it never was. */
  logPosition(): Promise<Position | null>
  /**
   * Notes durably how far the log goes, so that an older copy of the log is known for one. The last
   * word counts.
   */
  noteLogPosition(position: Position): Promise<void>
  /** True once a write has failed in a way that may lie: nothing is written until a restart. */
  isWriteStopped(): boolean
  close(): Promise<void>
}
