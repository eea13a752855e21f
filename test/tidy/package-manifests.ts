import { targetOf } from './import-arrows.ts'
import { moduleSyntax } from './module-syntax.ts'
import type { Check, Finding, Tree } from './tree.ts'
import { finding, isTestCode, roomOf, typeScriptOf } from './tree.ts'

type Versions = Readonly<Record<string, string>>
type Manifest = { readonly dependencies?: Versions; readonly devDependencies?: Versions }

const manifestOf = (tree: Tree, path: string): Manifest =>
  JSON.parse(tree.get(path) ?? '{}') as Manifest

/** The packages that the code of a room imports, ours and others', by whether only tests do. */
function importedBy(tree: Tree, room: string): ReadonlyMap<string, { readonly inTests: boolean }> {
  const found = new Map<string, { inTests: boolean }>()
  for (const [path, text] of typeScriptOf(tree)) {
    if (roomOf(path) !== room) continue
    for (const imported of moduleSyntax(text).imports) {
      const target = targetOf(path, imported)
      if (target.kind !== 'package' && target.kind !== 'room') continue
      const name =
        target.kind === 'package' ? target.name : target.room.replace('packages/', '@ledger/')
      const inTests = isTestCode(path) && (found.get(name)?.inTests ?? true)
      found.set(name, { inTests })
    }
  }
  return found
}

/** What a room imports and what its package.json names must be the same. */
export const manifestsAgree: Check = (tree) => {
  const root = manifestOf(tree, 'package.json')
  return [...tree.keys()].flatMap((path): readonly Finding[] => {
    const room = path.endsWith('/package.json') ? roomOf(path) : null
    if (room === null || room === 'test') return []
    const { dependencies = {}, devDependencies = {} } = manifestOf(tree, path)
    const imported = importedBy(tree, room)
    const missing = [...imported].filter(([name, { inTests }]) => {
      if (Object.hasOwn(dependencies, name)) return false
      const forTests = { ...devDependencies, ...root.devDependencies }
      return !inTests || !Object.hasOwn(forTests, name)
    })
    const unused = Object.keys(dependencies).filter((name) => imported.get(name)?.inTests ?? true)
    const unusedInTests = Object.keys(devDependencies).filter((name) => !imported.has(name))
    return [
      ...missing.map(([name]) => finding(path, 1, `does not name ${name}, which is imported`)),
      ...unused.map((name) => finding(path, 1, `names ${name}, which no product code imports`)),
      ...unusedInTests.map((name) => finding(path, 1, `names ${name}, which no test imports`)),
    ]
  })
}

const exactVersion = /^\d+\.\d+\.\d+$/

/** Every version is one version, and the same one everywhere. */
export const versionsArePinned: Check = (tree) => {
  const first = new Map<string, string>()
  return [...tree.keys()].flatMap((path): readonly Finding[] => {
    if (path !== 'package.json' && !path.endsWith('/package.json')) return []
    const { dependencies = {}, devDependencies = {} } = manifestOf(tree, path)
    return Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, version]) => {
      const known = first.get(name) ?? version
      first.set(name, known)
      if (!exactVersion.test(version)) return [finding(path, 1, `${name} ${version} is not pinned`)]
      return known === version
        ? []
        : [finding(path, 1, `${name} is ${version} here, ${known} there`)]
    })
  })
}
