import { readdirSync, readFileSync } from 'node:fs'
import type { FileKind } from './file-kind.ts'

export type Migration = {
  /** What `user_version` is once the file is applied: 1 for the first, then dense. */
  readonly version: number
  readonly sql: string
}

/** The numbered SQL files of a kind of file, in order. */
export function migrationsOf(kind: FileKind): readonly Migration[] {
  const folder = new URL(`../migrations/${kind.migrations}/`, import.meta.url)
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name, index) => {
    const version = index + 1
    if (Number(name.slice(0, 3)) !== version) {
      throw new Error(`migration ${version} of the ${kind.name} is missing: found ${name}`)
    }
    return { version, sql: readFileSync(new URL(name, folder), 'utf8') }
  })
}
