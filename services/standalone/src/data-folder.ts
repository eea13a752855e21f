import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { keyBytes } from '@ledger/ledger'
import type { ReadModelFiles } from './read-model-files.ts'
import { readModelFiles } from './read-model-files.ts'

/** Where a standalone ledger keeps what. */
export type DataFolder = {
  readonly path: string
  readonly log: string
  readonly vault: string
  readonly desk: string
  /** Held locked while a ledger works on the folder. */
  readonly lock: string
  /** Where the running ledger listens, for the command line. */
  readonly address: string
  readonly readModels: ReadModelFiles
}

/** Opens a data folder, creating it readable by its owner alone. */
export function openDataFolder(given: string): DataFolder {
  const path = resolve(given)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return {
    path,
    log: join(path, 'log.db'),
    vault: join(path, 'vault.db'),
    desk: join(path, 'desk.db'),
    lock: join(path, 'ledger.lock'),
    address: join(path, 'ledger.address'),
    readModels: readModelFiles(path),
  }
}

/** Said when the master key is not 32 bytes, in hex or base64. */
export class MalformedMasterKey extends Error {
  constructor(where: string) {
    super(`${where} must hold ${keyBytes} bytes, written as 64 hex digits or in base64`)
    this.name = 'MalformedMasterKey'
  }
}

function parseMasterKey(text: string, where: string): Uint8Array {
  const trimmed = text.trim()
  const isHex = /^[0-9a-fA-F]{64}$/.test(trimmed)
  const key = Buffer.from(trimmed, isHex ? 'hex' : 'base64')
  if (key.length !== keyBytes) throw new MalformedMasterKey(where)
  return key
}

/**
 * The key that wraps all others: `LEDGER_MASTER_KEY`, else the file `master.key` of the folder,
 * created for the embedded default and readable by its owner alone. A vault that exists never gets
 * a new key.
 * @throws MalformedMasterKey, or Error when the vault's key file is missing
 */
export function readMasterKey(folder: DataFolder, given: string | undefined): Uint8Array {
  if (given !== undefined) return parseMasterKey(given, 'LEDGER_MASTER_KEY')
  const path = join(folder.path, 'master.key')
  if (!existsSync(path)) {
    if (existsSync(folder.vault)) {
      throw new Error(
        'the vault exists but its master key does not: set LEDGER_MASTER_KEY or restore master.key',
      )
    }
    writeFileSync(path, `${randomBytes(keyBytes).toString('hex')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    })
    chmodSync(path, 0o600)
  }
  return parseMasterKey(readFileSync(path, 'utf8'), 'master.key')
}
