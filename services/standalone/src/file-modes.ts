import { chmodSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ownFiles = /^(log|vault|desk|read-model-\d+)\.db(-wal|-shm)?$|^master\.key|^ledger\.|\.lock$/
const anybodyElse = 0o077

/**
 * Takes from group and others what they may do with a ledger's files: a copy that was put back, or
 * a key that somebody wrote by hand, comes with whatever mode that gave it.
 * @returns the names of the files that were open to others
 * @throws Error when a mode cannot be changed
 */
export function closeToOthers(folder: string): readonly string[] {
  // Modes mean nothing there; who may read is inherited from the folder.
  if (process.platform === 'win32') return []
  const isOpen = (name: string): boolean => {
    // What others are about to remove, such as a reader's `-shm`, may be gone by now.
    const found = statSync(join(folder, name), { throwIfNoEntry: false })
    return found !== undefined && (found.mode & anybodyElse) !== 0
  }
  const open = readdirSync(folder).filter((name) => ownFiles.test(name) && isOpen(name))
  for (const name of open) closeOne(folder, name)
  return open.sort()
}

function closeOne(folder: string, name: string): void {
  try {
    chmodSync(join(folder, name), 0o600)
  } catch (cause) {
    const message = `${name} is open to others, and only its owner may change that: chmod 600`
    throw new Error(message, { cause })
  }
}
