import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyBytes } from '@ledger/ledger'
import type { DataFolder } from './data-folder.ts'

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

/** By a rename: neither a kill nor a full disk may leave half a key, which no start accepts. */
function createKeyFile(path: string): void {
  const draft = `${path}.new`
  rmSync(draft, { force: true })
  const text = `${randomBytes(keyBytes).toString('hex')}\n`
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true })
  renameSync(draft, path)
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
    createKeyFile(path)
  }
  return parseMasterKey(readFileSync(path, 'utf8'), 'master.key')
}
