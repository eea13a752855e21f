import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The files of the repository by their paths from its root; binary files are none of our business.
 */
export type Tree = ReadonlyMap<string, string>

/** One thing that is out of order, as `path:line: what`. */
export type Finding = string

/** Looks at all files and says what is out of order. */
export type Check = (tree: Tree) => readonly Finding[]

export const finding = (path: string, line: number, what: string): Finding =>
  `${path}:${line}: ${what}`

const skippedFolders: ReadonlySet<string> = new Set([
  '.git',
  'node_modules',
  'data',
  'coverage',
  'dist',
])
const readEndings = /(\.(ts|mjs|json|md|sql|ya?ml)|\/run)$/
const skippedFiles: ReadonlySet<string> = new Set(['package-lock.json'])

/** Reads the files of a folder and of all folders in it. */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>()
  const walk = (folder: string): void => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory() && !skippedFolders.has(entry.name)) walk(path)
      if (!entry.isFile() || skippedFiles.has(path)) continue
      tree.set(path, readEndings.test(`/${path}`) ? readFileSync(join(root, path), 'utf8') : '')
    }
  }
  walk('')
  return tree
}

/** The paths and texts of the TypeScript files. */
export const typeScriptOf = (tree: Tree): readonly (readonly [string, string])[] =>
  [...tree].filter(([path]) => path.endsWith('.ts'))

/** Tests, and what only tests use. */
export const isTestCode = (path: string): boolean =>
  path.startsWith('test/') || path.endsWith('.test.ts') || path.includes('/testing/')

/**
 * The room a file lies in: `packages/domain`, `services/standalone`, `test`; null for the root's
 * own.
 */
export function roomOf(path: string): string | null {
  const [first, second, third] = path.split('/')
  if (first === 'test') return second === undefined ? null : 'test'
  const isRoom = (first === 'packages' || first === 'services') && third !== undefined
  return isRoom ? `${first}/${second}` : null
}

/** Lines that match, with their numbers. */
export function linesLike(text: string, pattern: RegExp): readonly (readonly [number, string])[] {
  return text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [[index + 1, line] as const] : []))
}
