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
  /** Held locked by whoever copies the folder or changes its master key. */
  readonly maintenanceLock: string
  /** There while a restore puts files in the place of others; nothing may be opened then. */
  readonly restoreMark: string
  readonly readModels: ReadModelFiles
}

/**
 * Creates what is missing of a path. Node's own recursive mkdir never returns where none may be
 * made.
 */
export function createFolder(path: string): void {
  if (existsSync(path)) return
  createFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

/**
 * Opens a data folder that a ledger has worked on, for commands that only look.
 * @throws Error when there is none, RestoreUnfinished when it is half one
 */
export function openExistingDataFolder(given: string): DataFolder {
  const folder = dataFolderAt(given)
  refuseHalfRestored(folder)
  if (!existsSync(folder.log)) throw new Error(`there is no ledger in ${folder.path}`)
  return openDataFolder(given)
}

/** Said when a restore was interrupted while it put files in place. */
class RestoreUnfinished extends Error {
  constructor(path: string) {
    super(`a restore into ${path} was interrupted: run it again before anything else`)
    this.name = 'RestoreUnfinished'
  }
}

/**
 * Opens a data folder, creating it readable by its owner alone.
 * @throws RestoreUnfinished when it holds a mix of old files and restored ones
 */
export function openDataFolder(given: string): DataFolder {
  const folder = dataFolderAt(given)
  createFolder(folder.path)
  refuseHalfRestored(folder)
  return folder
}

function refuseHalfRestored({ path, restoreMark }: DataFolder): void {
  if (existsSync(restoreMark)) throw new RestoreUnfinished(path)
}

/** Where a data folder keeps what, whether there is one or not. */
export function dataFolderAt(given: string): DataFolder {
  const path = resolve(given)
  const restoreMark = join(path, 'restore.unfinished')
  return {
    path,
    log: join(path, 'log.db'),
    vault: join(path, 'vault.db'),
    desk: join(path, 'desk.db'),
    lock: join(path, 'ledger.lock'),
    address: join(path, 'ledger.address'),
    maintenanceLock: join(path, 'maintenance.lock'),
    restoreMark,
    readModels: readModelFiles(path),
  }
}
