import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { takeFolderLock } from '@ledger/adapter-sqlite'
import type { VaultReader } from '@ledger/adapter-sqlite'
import { isMasterKeyOf, keyBytes } from '@ledger/ledger'
import type { DataFolder } from './data-folder.ts'
import { moveFile, writeNewKeyFile } from './key-file.ts'

/** Said when the master key is not 32 bytes, in hex or base64. */
class MalformedMasterKey extends Error {
  constructor(where: string) {
    super(`${where} must hold ${keyBytes} bytes, written as 64 hex digits or in base64`)
    this.name = 'MalformedMasterKey'
  }
}

/** True for 32 bytes, written as 64 hex digits or in base64. */
export const isMasterKey = (text: string): boolean => bytesOf(text).length === keyBytes

function bytesOf(text: string): Uint8Array {
  const isHex = /^[0-9a-fA-F]{64}$/.test(text)
  return Buffer.from(text, isHex ? 'hex' : 'base64')
}

function parseMasterKey(text: string, where: string): Uint8Array {
  const key = bytesOf(text.trim())
  if (key.length !== keyBytes) throw new MalformedMasterKey(where)
  return key
}

/** What the environment says of master keys. */
export type GivenKeys = {
  readonly LEDGER_MASTER_KEY?: string | undefined
  readonly LEDGER_MASTER_KEY_NEW?: string | undefined
}

/** A key that may be the master key, and where it was found. */
export type FoundKey = {
  readonly key: Uint8Array
  readonly where: 'LEDGER_MASTER_KEY' | 'LEDGER_MASTER_KEY_NEW' | 'master.key' | 'master.key.next'
}

/** The key file, and the one that is to take its place while the key is changed. */
export const keyFiles = (folder: Pick<DataFolder, 'path'>) => ({
  current: join(folder.path, 'master.key'),
  next: join(folder.path, 'master.key.next'),
})

/** The keys at hand: from the environment, else from the folder's files; there may be none. */
export function masterKeysAtHand(
  folder: Pick<DataFolder, 'path'>,
  given: GivenKeys,
): readonly FoundKey[] {
  const { current, next } = keyFiles(folder)
  const fromEnvironment = (where: keyof GivenKeys): readonly FoundKey[] => {
    const text = given[where]
    return text === undefined ? [] : [{ key: parseMasterKey(text, where), where }]
  }
  const fromFile = (path: string, where: FoundKey['where']): readonly FoundKey[] =>
    existsSync(path) ? [{ key: parseMasterKey(readFileSync(path, 'utf8'), where), where }] : []
  const own = fromEnvironment('LEDGER_MASTER_KEY')
  return [
    ...own,
    ...(own.length > 0 ? [] : fromFile(current, 'master.key')),
    ...(own.length > 0 ? [] : fromFile(next, 'master.key.next')),
    ...fromEnvironment('LEDGER_MASTER_KEY_NEW'),
  ]
}

/**
 * The keys of which one opens, or is to open, the vault of this folder: `LEDGER_MASTER_KEY`, else
 * the file `master.key`, created for the embedded default and readable by its owner alone. A vault
 * that exists never gets a new key this way.
 * @throws MalformedMasterKey, or Error when the vault's key is missing
 */
export function prepareMasterKeys(folder: DataFolder, given: GivenKeys): readonly FoundKey[] {
  const found = masterKeysAtHand(folder, given)
  if (found.length > 0) return found
  if (existsSync(folder.vault)) {
    throw new Error(
      'the vault exists but its master key does not: set LEDGER_MASTER_KEY or restore master.key',
    )
  }
  writeNewKeyFile(keyFiles(folder).current)
  return masterKeysAtHand(folder, given)
}

/** The key that opens this vault; null when none of them does. */
export async function openingKey(
  found: readonly FoundKey[],
  vault: Pick<VaultReader, 'readSecrets'>,
): Promise<FoundKey | null> {
  for (const each of found) if (await isMasterKeyOf(each.key, vault)) return each
  return null
}

/**
 * The master key of a vault: the one that opens it, or for a new vault the first. Finishes a change
 * that was interrupted after the vault had taken the new key.
 * @throws Error when there is none
 */
export async function chooseMasterKey(
  folder: DataFolder,
  found: readonly FoundKey[],
  vault: Pick<VaultReader, 'readSecrets'>,
): Promise<Uint8Array> {
  const opening = await openingKey(found, vault)
  if (opening?.where === 'master.key.next') promoteNextKey(folder)
  const chosen = opening ?? found[0]
  if (chosen === undefined) throw new Error('there is no master key')
  return chosen.key
}

/** Puts the new key in the place of the old one, unless somebody else is just about to. */
function promoteNextKey(folder: DataFolder): void {
  const release = takeFolderLock({ path: folder.maintenanceLock })
  if (release === null) return
  try {
    const { current, next } = keyFiles(folder)
    if (existsSync(next)) moveFile(next, current)
  } finally {
    release()
  }
}
