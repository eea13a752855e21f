import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { blocksHaveLanguages, documentsHaveTitles, documentsNameWhatIs } from './documents.ts'
import { importArrows, oneTechnologyOneRoom } from './import-arrows.ts'
import { exportsAreNamed, oneIndexPerPackage } from './index-files.ts'
import { nothingLeftBehind } from './markers.ts'
import { namesAreKebabCase, noGrabBags } from './names.ts'
import { manifestsAgree, versionsArePinned } from './package-manifests.ts'
import { pureRoomsArePure, worldComesInAtTheDoor } from './purity.ts'
import { noDeadExports, noDeadFiles } from './reachability.ts'
import { filesAreShort, functionsAreShort, linesAreShort } from './sizes.ts'
import { noFocusedTests, skipsSayWhy } from './test-habits.ts'
import type { Check } from './tree.ts'
import { readTree } from './tree.ts'

const tree = readTree(fileURLToPath(new URL('../../', import.meta.url)))

const habits: Readonly<Record<string, Check>> = {
  'imports point one way, and never past an index': importArrows,
  'each technology stands in one room': oneTechnologyOneRoom,
  'what is imported is what package.json names': manifestsAgree,
  'every version is pinned, and the same everywhere': versionsArePinned,
  'the pure rooms are pure': pureRoomsArePure,
  'clock, chance and environment come in at the door': worldComesInAtTheDoor,
  'each package has one index': oneIndexPerPackage,
  'exports are named': exportsAreNamed,
  'no file is dead': noDeadFiles,
  'no export is dead': noDeadExports,
  'files are short': filesAreShort,
  'functions are short': functionsAreShort,
  'lines are short': linesAreShort,
  'names are in kebab-case': namesAreKebabCase,
  'no file is a grab-bag': noGrabBags,
  'no test runs alone': noFocusedTests,
  'a skipped test says why': skipsSayWhy,
  'nothing was left behind': nothingLeftBehind,
  'documents have titles': documentsHaveTitles,
  'blocks of code have languages': blocksHaveLanguages,
  'documents name what is there': documentsNameWhatIs,
}

test.for(Object.entries(habits))('%s', ([, check]) => {
  expect(check(tree).join('\n')).toBe('')
})

test('there is something to look at', () => {
  expect([...tree.keys()].filter((path) => path.endsWith('.ts')).length).toBeGreaterThan(100)
})
