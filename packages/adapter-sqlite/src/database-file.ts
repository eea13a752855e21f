import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Creates an empty file that only its owner may read, with its folder, when it does not exist.
 * SQLite gives its `-wal` and `-shm` files the same mode. The folders are fsynced: a durable commit
 * in a file whose name a power cut takes away is not durable.
 */
export function createDatabaseFile(path: string): void {
  const file = resolve(path)
  if (existsSync(file)) return
  const folder = dirname(file)
  const firstCreated = mkdirSync(folder, { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  sync(folder)
  if (firstCreated === undefined) return
  const outermost = dirname(firstCreated)
  for (let each = folder; each !== outermost; each = dirname(each)) sync(dirname(each))
}

/** Waits until what was written to a file or a folder has reached the disk. */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
