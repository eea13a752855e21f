import { posix } from 'node:path'
import type { Check } from './tree.ts'
import { finding } from './tree.ts'

const kebabCase = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/
/** Names that tools and readers look for in capitals, at the root only. */
const rootName = /^([A-Z]+(\.md)?|\.[a-z.]+)$/
/** What npm shows of a package that others install. */
const packageReadme = /^packages\/[^/]+\/README\.md$/

/** Lower-case words joined by hyphens, files and folders alike. */
export const namesAreKebabCase: Check = (tree) =>
  [...tree.keys()].flatMap((path) => {
    const parts = path.split('/')
    const isFine = (part: string): boolean =>
      kebabCase.test(part) ||
      (parts.length === 1 && rootName.test(part)) ||
      (part === 'README.md' && packageReadme.test(path))
    return parts.every(isFine) ? [] : [finding(path, 1, 'is not named in kebab-case')]
  })

const grabBags: ReadonlySet<string> = new Set([
  'base',
  'common',
  'constants',
  'core',
  'helper',
  'helpers',
  'interfaces',
  'lib',
  'manager',
  'misc',
  'shared',
  'stuff',
  'types',
  'util',
  'utils',
])

/** A name that fits everything says nothing, and soon holds everything. */
export const noGrabBags: Check = (tree) =>
  [...tree.keys()].flatMap((path) => {
    if (!path.endsWith('.ts')) return []
    const words = path.split('/').map((part) => posix.basename(part).replace(/(\.test)?\.ts$/, ''))
    return words.some((word) => grabBags.has(word))
      ? [finding(path, 1, 'is a grab-bag by name')]
      : []
  })
