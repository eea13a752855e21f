import { randomBytes } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { sync } from '@ledger/adapter-sqlite'
import { keyBytes } from '@ledger/ledger'

/** Writes a new random key, durably and whole or not at all, for its owner's eyes alone. */
export function writeNewKeyFile(path: string): void {
  const draft = `${path}.draft`
  writeFileSync(draft, `${randomBytes(keyBytes).toString('hex')}\n`, { mode: 0o600, flush: true })
  moveFile(draft, path)
}

/** Renames a file durably, in the place of the one that is there. */
export function moveFile(from: string, to: string): void {
  renameSync(from, to)
  sync(dirname(to))
}
