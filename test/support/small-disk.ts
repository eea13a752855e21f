import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeTempFolder } from './temp-folder.ts'

/** A disk of some megabytes, that a test fills and empties. */
export type SmallDisk = {
  readonly path: string
  /** Writes a file that leaves no byte free, or about so many. */
  readonly fill: (bytesLeft?: number) => void
  /** Removes that file. */
  readonly free: () => void
  readonly remove: () => void
}

/** Mounts a small file system in memory; null where this process may not mount. */
export function smallDisk(mebibytes: number): SmallDisk | null {
  const { path, remove } = makeTempFolder()
  const options = `size=${mebibytes}m,mode=0700`
  const mounting = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path])
  if (mounting.status !== 0) {
    remove()
    return null
  }
  const ballast = join(path, 'ballast')
  return {
    path,
    fill: (bytesLeft = 0) => {
      const { size } = fillWith(ballast)
      if (bytesLeft > 0) truncateSync(ballast, Math.max(0, size - bytesLeft))
    },
    free: () => rmSync(ballast, { force: true }),
    remove: () => {
      // Lazily: a process that was killed a moment ago may still hold a file.
      spawnSync('umount', ['--lazy', path])
      remove()
    },
  }
}

/** Appends zeros, in ever smaller pieces, until not even one byte fits. */
function fillWith(path: string): { readonly size: number } {
  const file = openSync(path, 'a')
  try {
    for (let size = 1024 * 1024; size >= 1;) {
      try {
        writeSync(file, Buffer.alloc(size))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        size = Math.floor(size / 2)
      }
    }
    return fstatSync(file)
  } finally {
    closeSync(file)
  }
}
