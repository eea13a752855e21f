import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/**
 * The read model's files in a data folder. Each rebuild makes a file of the next number beside the
 * current one; which one is current stands in a small file that is replaced by one atomic rename.
 */
export type ReadModelFiles = {
  /**
   * The file to serve; the first one when nothing was ever served, null when the small file names
   * none.
   */
  readonly current: () => string | null
  /** The file for the next rebuild; what a rebuild that was killed left there is removed. */
  readonly prepareNext: () => string
  /** Makes a finished file the one to serve. */
  readonly switchTo: (path: string) => void
  /** Removes every file but the current one. */
  readonly removeOthers: () => void
}

const pointerName = 'read-model.current'
const fileName = /^read-model-(\d{1,9})\.db(-wal|-shm)?$/
const servedName = /^read-model-\d{1,9}\.db$/

export function readModelFiles(folder: string): ReadModelFiles {
  const pointer = join(folder, pointerName)
  const nameOf = (number: number): string => `read-model-${number}.db`
  const currentName = (): string | null => {
    if (!existsSync(pointer)) return nameOf(1)
    const name = readFileSync(pointer, 'utf8').trim()
    return servedName.test(name) ? name : null
  }
  const numberOf = (name: string | null): number => Number(fileName.exec(name ?? '')?.[1] ?? 0)
  const lastNumber = (): number => Math.max(0, ...readdirSync(folder).map(numberOf))

  const remove = (isDoomed: (number: number) => boolean): void => {
    for (const name of readdirSync(folder)) {
      if (fileName.test(name) && isDoomed(numberOf(name))) rmSync(join(folder, name))
    }
  }

  return {
    current: () => {
      const name = currentName()
      return name === null ? null : join(folder, name)
    },
    prepareNext: () => {
      const name = currentName()
      const next = (name === null ? lastNumber() : numberOf(name)) + 1
      remove((number) => number >= next)
      return join(folder, nameOf(next))
    },
    switchTo: (path) => {
      const name = path.slice(folder.length + 1)
      const draft = `${pointer}.new`
      writeFileSync(draft, `${name}\n`, { mode: 0o600, flush: true })
      renameSync(draft, pointer)
      const directory = openSync(folder, 'r')
      fsyncSync(directory)
      closeSync(directory)
    },
    removeOthers: () => {
      const kept = numberOf(currentName())
      if (kept > 0) remove((number) => number !== kept)
    },
  }
}
