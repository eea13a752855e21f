import { moduleSyntax } from './module-syntax.ts'
import type { Check, Finding, Tree } from './tree.ts'
import { finding, roomOf, typeScriptOf } from './tree.ts'

const packagesOf = (tree: Tree): readonly string[] =>
  [
    ...new Set([...tree.keys()].map(roomOf).filter((room) => room?.startsWith('packages/'))),
  ] as readonly string[]

/** Each package has one index, which its package.json names and which only passes names on. */
export const oneIndexPerPackage: Check = (tree) => {
  const indexes = typeScriptOf(tree).filter(([path]) => path.endsWith('/index.ts'))
  const strays = indexes.flatMap(([path]) =>
    path === `${roomOf(path)}/src/index.ts` ? [] : [finding(path, 1, 'is a second index')],
  )
  const wrong = packagesOf(tree).flatMap((room): readonly Finding[] => {
    const path = `${room}/src/index.ts`
    const text = tree.get(path)
    if (text === undefined) return [finding(path, 1, 'is missing')]
    const manifest = JSON.parse(tree.get(`${room}/package.json`) ?? '{}') as { exports?: unknown }
    return [
      ...(manifest.exports === './src/index.ts'
        ? []
        : [finding(`${room}/package.json`, 1, 'must export ./src/index.ts and nothing else')]),
      ...(moduleSyntax(text).isOnlyReexports ? [] : [finding(path, 1, 'does more than re-export')]),
    ]
  })
  return [...strays, ...wrong]
}

/** `export *` hides what a package offers, and lets everything slip out. */
export const exportsAreNamed: Check = (tree) =>
  typeScriptOf(tree).flatMap(([path, text]) =>
    moduleSyntax(text)
      .exports.filter(({ name }) => name === '*')
      .map(({ line }) => finding(path, line, 'exports without naming what')),
  )
