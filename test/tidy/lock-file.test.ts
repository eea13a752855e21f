import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

type Locked = {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly deprecated?: string
  readonly hasInstallScript?: boolean
}
const lockFile = new URL('../../package-lock.json', import.meta.url)
const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>
}
const registry = 'https://registry.npmjs.org/'
const foreign = Object.entries(packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && link !== true,
)
const namesOf = (found: typeof foreign) => found.map(([path]) => path)

test('every package is locked to its bytes, from the registry and nowhere else', () => {
  expect(foreign.length).toBeGreaterThan(50)
  const loose = foreign.filter(
    ([, { integrity = '', resolved = registry }]) =>
      !integrity.startsWith('sha512-') || !resolved.startsWith(registry),
  )
  expect(namesOf(loose)).toEqual([])
})

test('nothing that is shipped is deprecated by those who made it', () => {
  const shipped = foreign.filter(([, { dev }]) => dev !== true)
  expect(namesOf(shipped.filter(([, { deprecated }]) => deprecated !== undefined))).toEqual([])
})

test('only Node.js itself runs a script when it is installed', () => {
  const withScript = foreign.filter(([, { hasInstallScript }]) => hasInstallScript === true)
  expect(namesOf(withScript).filter((path) => !/\/(fsevents|node)$/.test(path))).toEqual([])
})
