import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { EventId, NormalAddress, SubjectId } from '@ledger/domain'
import { lengthPrefixed, open, seal } from './seal.ts'
import { uuidV8 } from './uuid.ts'
import type { Vault } from './vault.ts'

export const keyBytes = 32

/** Said when the master key does not open the vault it was given with. */
export class WrongMasterKey extends Error {
  constructor() {
    super('the master key does not open this vault')
    this.name = 'WrongMasterKey'
  }
}

export type OpenedEnvelope = { readonly dataKey: Buffer; readonly address: string }

/**
 * The ledger's secrets at work: the vault's key wraps the data keys, the pepper keys every HMAC
 * that stands for something personal. Both lie in the vault, sealed by the master key, which seals
 * nothing else: another master key is one row written anew (ADR 11).
 */
export type Keyring = {
  /** The id of the event that a producer's `(source, id)` names: a UUIDv8. */
  readonly eventId: (source: string, id: string) => EventId
  /** The id of an event that follows from another: an index, or the subject of a copy. */
  readonly derivedId: (eventId: EventId, discriminator: string) => EventId
  /** What an address is found by: 16 bytes of its HMAC. */
  readonly addressHash: (address: Pick<NormalAddress, 'kind' | 'value'>) => Buffer
  readonly newDataKey: () => Buffer
  /** Seals a body that nobody could read, under a key of its own; `id` finds it again. */
  readonly sealBody: (id: string, body: Uint8Array) => Buffer
  /** Null when it is not the body of this id. */
  readonly openBody: (id: string, sealed: Uint8Array) => Buffer | null
  /** Seals what a link in a message says; `id` is a random part of the link, its own key's name. */
  readonly sealLink: (id: string, content: Uint8Array) => Buffer
  /** Null when this ledger did not make the link, or somebody changed it. */
  readonly openLink: (id: string, sealed: Uint8Array) => Buffer | null
  /** Seals a subject's data key, and its address as it was given, into one envelope. */
  readonly wrap: (dataKey: Uint8Array, address: string, subject: SubjectId) => Buffer
  /** Throws when the envelope is not this subject's or the vault was tampered with. */
  readonly unwrap: (envelope: Uint8Array, subject: SubjectId) => OpenedEnvelope
}

/**
 * Said when a vault meets a log that it was not made with: a file is missing, or from elsewhere.
 */
export class VaultOfAnotherLog extends Error {
  constructor() {
    super('the vault belongs to another log: restore the log it was made with, or its own vault')
    this.name = 'VaultOfAnotherLog'
  }
}

/** What a vault keeps under the master key. */
type Secrets = { readonly vaultKey: Buffer; readonly pepper: Buffer; readonly logId: string }

const secretsAad = lengthPrefixed(['secrets'])

function sealSecrets(masterKey: Uint8Array, { vaultKey, pepper, logId }: Secrets): Buffer {
  const plain = Buffer.concat([vaultKey, pepper, Buffer.from(logId, 'utf8')])
  return seal(masterKey, plain, secretsAad)
}

function openSecrets(masterKey: Uint8Array, wrapped: Uint8Array): Secrets | null {
  const plain = masterKey.length === keyBytes ? open(masterKey, wrapped, secretsAad) : null
  if (plain === null) return null
  return {
    vaultKey: plain.subarray(0, keyBytes),
    pepper: plain.subarray(keyBytes, 2 * keyBytes),
    logId: plain.toString('utf8', 2 * keyBytes),
  }
}

/**
 * Opens the keyring of a vault, creating the secrets of a new one. They name the log they were made
 * with, so that a vault beside a new, empty log is not taken for a ledger in which nobody ever said
 * STOP.
 * @throws WrongMasterKey when the vault's secrets do not open
 * @throws VaultOfAnotherLog when they were made with another log
 */
export async function openKeyring(
  masterKey: Uint8Array,
  vault: Pick<Vault, 'readSecrets'> & Partial<Pick<Vault, 'createSecrets'>>,
  logId: string,
): Promise<Keyring> {
  const stored = await vault.readSecrets()
  if (stored === null) {
    if (vault.createSecrets === undefined) throw new Error('the vault is new, and open for reading')
    if (masterKey.length !== keyBytes) throw new WrongMasterKey()
    const secrets = { vaultKey: randomBytes(keyBytes), pepper: randomBytes(keyBytes), logId }
    await vault.createSecrets({ wrapped: sealSecrets(masterKey, secrets) })
    return keyringOf(secrets)
  }
  const secrets = openSecrets(masterKey, stored.wrapped)
  if (secrets === null) throw new WrongMasterKey()
  if (secrets.logId !== logId) throw new VaultOfAnotherLog()
  return keyringOf(secrets)
}

/** True when this key is the vault's master key; false also for a vault that has no secrets yet. */
export async function isMasterKeyOf(
  masterKey: Uint8Array,
  vault: Pick<Vault, 'readSecrets'>,
): Promise<boolean> {
  const stored = await vault.readSecrets()
  return stored !== null && openSecrets(masterKey, stored.wrapped) !== null
}

/**
 * Seals the vault's secrets under another master key, in one durable write: from then on the old
 * one opens nothing of this vault. Whoever has the vault open is not disturbed.
 * @returns false when the new key is the vault's master key already, as after an interrupted change
 * @throws WrongMasterKey when neither of the two opens the vault
 */
export async function changeMasterKey(
  oldKey: Uint8Array,
  newKey: Uint8Array,
  vault: Pick<Vault, 'readSecrets' | 'replaceSecrets'>,
): Promise<boolean> {
  if (newKey.length !== keyBytes) throw new WrongMasterKey()
  const stored = await vault.readSecrets()
  if (stored === null) throw new WrongMasterKey()
  if (openSecrets(newKey, stored.wrapped) !== null) return false
  const secrets = openSecrets(oldKey, stored.wrapped)
  if (secrets === null) throw new WrongMasterKey()
  const isReplaced = await vault.replaceSecrets(stored, { wrapped: sealSecrets(newKey, secrets) })
  if (!isReplaced) throw new Error('somebody else changed the master key at the same time')
  return true
}

// The five uses of the pepper are kept apart by a first part that no two share.
function keyringOf({ vaultKey, pepper: pepperBytes }: Secrets): Keyring {
  const pepper: KeyObject = createSecretKey(pepperBytes)
  const hmac = (parts: readonly string[]) =>
    createHmac('sha256', pepper).update(lengthPrefixed(parts))
  // As text, which costs half of a Buffer that is then written as text.
  const id = (parts: readonly string[]): EventId => uuidV8(hmac(parts).digest('hex')) as EventId
  // A key for each, so that no key ever seals as much as random nonces would limit.
  const bodyKey = (id: string): Buffer => hmac(['body', id]).digest()
  const linkKey = (id: string): Buffer => hmac(['link', id]).digest()
  const wrapAad = (subject: SubjectId): string => lengthPrefixed(['envelope', subject])
  let random = Buffer.alloc(0)
  return {
    eventId: (source, producerId) => id(['event', source, producerId]),
    derivedId: (eventId, discriminator) => id(['derived', eventId, discriminator]),
    addressHash: ({ kind, value }) => hmac(['address', kind, value]).digest().subarray(0, 16),
    newDataKey: () => {
      if (random.length < keyBytes) random = randomBytes(keyBytes * 64)
      const key = random.subarray(0, keyBytes)
      random = random.subarray(keyBytes)
      return key
    },
    sealBody: (bodyId, body) => seal(bodyKey(bodyId), body, bodyId),
    openBody: (bodyId, sealed) => open(bodyKey(bodyId), sealed, bodyId),
    sealLink: (linkId, content) => seal(linkKey(linkId), content, linkId),
    openLink: (linkId, sealed) => open(linkKey(linkId), sealed, linkId),
    // One seal for both: it costs more than anything else that a new subject needs.
    wrap: (dataKey, address, subject) =>
      seal(vaultKey, Buffer.concat([dataKey, Buffer.from(address, 'utf8')]), wrapAad(subject)),
    unwrap: (envelope, subject) => {
      const opened = open(vaultKey, envelope, wrapAad(subject))
      if (opened === null) throw new WrongMasterKey()
      const dataKey = opened.subarray(0, keyBytes)
      return { dataKey, address: opened.toString('utf8', keyBytes) }
    },
  }
}
