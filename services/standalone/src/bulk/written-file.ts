import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'

/** Where an answer is written: a file of that name once it is whole, or standard output. */
export type Written = {
  readonly write: (text: string) => Promise<void>
  readonly done: () => Promise<void>
  /** Throws away what was written to a file. */
  readonly abandon: () => Promise<void>
}

/**
 * Opens what an answer is written to. A file is readable by its owner alone, and bears another name
 * until all of it is there, so that half a list is never taken for the whole.
 */
export async function openWritten(path: string | undefined): Promise<Written> {
  if (path === undefined) return toStream(process.stdout)
  const partial = `${path}.partial`
  const file = createWriteStream(partial, { mode: 0o600 })
  await once(file, 'open')
  const { write } = toStream(file)
  return {
    write,
    done: async () => {
      file.end()
      await once(file, 'close')
      await rename(partial, path)
    },
    abandon: async () => {
      file.destroy()
      await rm(partial, { force: true })
    },
  }
}

const toStream = (stream: NodeJS.WritableStream): Written => ({
  write: async (text) => {
    if (!stream.write(text)) await once(stream, 'drain')
  },
  done: async () => undefined,
  abandon: async () => undefined,
})
