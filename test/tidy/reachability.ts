import { posix } from 'node:path'
import { targetOf } from './import-arrows.ts'
import { moduleSyntax } from './module-syntax.ts'
import type { Check, Finding, Tree } from './tree.ts'
import { finding, isTestCode, roomOf, typeScriptOf } from './tree.ts'

/** The file that an import of ours names; null for a package or a built-in module. */
function fileOf(path: string, specifier: string): string | null {
  const target = targetOf(path, { specifier })
  if (target.kind === 'file') return target.path
  return target.kind === 'room' ? `${target.room}/src/index.ts` : null
}

/** The files that a file names: by import, or by the URL of a thread it starts. */
function namedBy(path: string, text: string): readonly string[] {
  const { imports, urls } = moduleSyntax(text)
  const imported = imports.flatMap(({ specifier }) => fileOf(path, specifier) ?? [])
  return [...imported, ...urls.map(({ name }) => posix.join(posix.dirname(path), name))]
}

function reachableFrom(tree: Tree, roots: readonly string[]): ReadonlySet<string> {
  const reached = new Set(roots)
  for (const path of reached) {
    for (const named of namedBy(path, tree.get(path) ?? '')) if (tree.has(named)) reached.add(named)
  }
  return reached
}

/** Files that are started by hand or by a tool: their whole path stands in one of these. */
const isStartedFrom = (path: string): boolean =>
  /(^|\/)package\.json$|\.md$|^\.ci\/|^vitest\.config\.ts$/.test(path)

function startedByHand(tree: Tree): readonly string[] {
  const places = [...tree].filter(([path]) => isStartedFrom(path)).map(([, text]) => text)
  return [...tree.keys()].filter(
    (path) => path.endsWith('.ts') && places.some((text) => text.includes(path)),
  )
}

const isEntrance = (path: string): boolean =>
  /^packages\/[^/]+\/src\/index\.ts$|^services\/[^/]+\/src\/main\.ts$|^[^/]+\.ts$/.test(path)

/** Product code that no index, service or thread reaches, and test code that no test reaches. */
export const noDeadFiles: Check = (tree) => {
  const started = startedByHand(tree)
  const entrances = [...tree.keys()].filter(isEntrance)
  const tests = [...tree.keys()].filter((path) => path.endsWith('.test.ts'))
  const alive = reachableFrom(tree, [...entrances, ...started])
  const tested = reachableFrom(tree, [...tests, ...started])
  return typeScriptOf(tree).flatMap(([path]): readonly Finding[] => {
    if (isTestCode(path))
      return tested.has(path) ? [] : [finding(path, 1, 'no test uses this file')]
    return alive.has(path) ? [] : [finding(path, 1, 'nothing that runs uses this file')]
  })
}

/**
 * Every name of every file that another one takes; a name that an index passes on is not taken yet.
 */
function takenNames(tree: Tree): ReadonlySet<string> {
  const taken = new Set<string>()
  const passedOn: (readonly [string, string])[] = []
  for (const [path, text] of typeScriptOf(tree)) {
    for (const { specifier, names, isReexport } of moduleSyntax(text).imports) {
      const file = fileOf(path, specifier)
      for (const name of names) {
        if (isReexport) passedOn.push([`${path} ${name}`, `${file} ${name}`])
        else taken.add(`${file} ${name}`)
      }
    }
  }
  for (const [through, original] of passedOn) if (taken.has(through)) taken.add(original)
  return taken
}

/** Values that a file exports, that nobody takes, and that the file itself does not use either. */
export const noDeadExports: Check = (tree) => {
  const taken = takenNames(tree)
  const started = new Set(startedByHand(tree))
  return typeScriptOf(tree).flatMap(([path, text]) => {
    if (started.has(path) || roomOf(path) === null || path.endsWith('/index.ts')) return []
    const { exports, uses } = moduleSyntax(text)
    const used = new Set(uses.map(({ name }) => name.replace(/\..*/, '')))
    return exports
      .filter(({ isValue, name }) => isValue && !used.has(name))
      .filter(({ name }) => !taken.has(`${path} ${name}`) && !taken.has(`${path} *`))
      .map(({ name, line }) => finding(path, line, `${name} is exported and used by nobody`))
  })
}
