import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
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

/**
 * Creates what is missing of a path. Node's own recursive mkdir never returns where none may be
 * made.
 */
function createFolder(path: string): void {
  if (existsSync(path)) return
  createFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

/**
 * Opens a data folder that a ledger has worked on, for commands that only look.
 * @throws Error when there is none
 */
export function openExistingDataFolder(given: string): DataFolder {
  const path = resolve(given)
  if (!existsSync(join(path, 'log.db'))) throw new Error(`there is no ledger in ${path}`)
  return openDataFolder(given)
}

/** Opens a data folder, creating it readable by its owner alone. */
export function openDataFolder(given: string): DataFolder {
  const path = resolve(given)
  createFolder(path)
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
