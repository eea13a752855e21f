import { describe, expect, test } from 'vitest'
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

/** Files that are planted, and of what is found in them a part; nothing may be found when empty. */
type Planted = readonly [files: Readonly<Record<string, string>>, found: string]

function expectFound(check: Check, [files, found]: Planted): void {
  const findings = check(new Map(Object.entries(files))).join('\n')
  if (found === '') expect(findings).toBe('')
  else expect(findings).toContain(found)
}

function plant(name: string, check: Check, cases: readonly Planted[]): void {
  describe(name, () => {
    test.for(cases)('%j', (planted) => expectFound(check, planted))
  })
}

const domain = 'packages/domain/src/one.ts'
const ledger = 'packages/ledger/src/one.ts'
const readModels = 'packages/read-models/src/one.ts'
const api = 'packages/api/src/one.ts'
const service = 'services/standalone/src/one.ts'

plant('imports point one way', importArrows, [
  [{ [domain]: `import { x } from '@ledger/ledger'` }, 'may not import packages/ledger'],
  [{ [domain]: `import { x } from 'node:fs'` }, 'may not import node:fs'],
  [{ [domain]: `const x = await import('fastify')` }, 'may not import fastify'],
  [{ [domain]: `import * as z from 'zod'` }, ''],
  [{ [domain]: `export { x } from '../../ledger/src/two.ts'` }, 'reaches out of packages/domain'],
  [{ [api]: `import { x } from '@ledger/domain/src/scope.ts'` }, 'past the index'],
  [{ [api]: `import { x } from '@ledger/adapter-sqlite'` }, 'may not import packages/adapter'],
  [{ 'packages/api/src/a.test.ts': `import { x } from '@ledger/adapter-sqlite'` }, ''],
  [{ [service]: `import { x } from '@ledger/adapter-sqlite'` }, ''],
  [{ [readModels]: `import type { EventStore } from '@ledger/ledger'` }, ''],
  [{ [readModels]: `import { Outage, type Desk } from '@ledger/ledger'` }, ''],
  [{ [readModels]: `import { openLedger } from '@ledger/ledger'` }, 'only types'],
  [{ 'packages/new-room/src/a.ts': '' }, 'has no row'],
])

plant('each technology stands in one room', oneTechnologyOneRoom, [
  [{ [service]: `import { DatabaseSync } from 'node:sqlite'` }, 'belongs to packages/adapter'],
  [{ [ledger]: `import { parse } from 'libphonenumber-js/min'` }, 'belongs to packages/domain'],
  [{ [api]: `import Fastify from 'fastify'` }, ''],
])

const manifest = (fields: object): string => JSON.stringify(fields)
const zod = { dependencies: { zod: '4.0.0' } }
const zodForTests = { devDependencies: { zod: '4.0.0' } }

plant('what is imported is what package.json names', manifestsAgree, [
  [{ [domain]: `import 'zod'`, 'packages/domain/package.json': '{}' }, 'does not name zod'],
  [{ [domain]: '', 'packages/domain/package.json': manifest(zod) }, 'no product code imports'],
  [{ [domain]: `import 'zod'`, 'packages/domain/package.json': manifest(zod) }, ''],
  [
    { 'packages/domain/src/a.test.ts': `import 'zod'`, 'packages/domain/package.json': '{}' },
    'does not name zod',
  ],
  [
    {
      'packages/domain/src/a.test.ts': `import 'zod'`,
      'packages/domain/package.json': manifest(zodForTests),
    },
    '',
  ],
  [{ 'packages/domain/package.json': manifest(zodForTests) }, 'no test imports'],
  [{ [domain]: `import '@ledger/x'`, 'packages/domain/package.json': '{}' }, '@ledger/x'],
])

plant('every version is pinned', versionsArePinned, [
  [{ 'package.json': manifest({ dependencies: { zod: '^4.0.0' } }) }, 'not pinned'],
  [
    {
      'package.json': manifest(zod),
      'packages/a/package.json': manifest({ dependencies: { zod: '4.0.1' } }),
    },
    '4.0.1 here',
  ],
  [{ 'package.json': manifest(zod) }, ''],
])

plant('pure rooms are pure', pureRoomsArePure, [
  [{ [domain]: 'export const now = () => Date.now()' }, 'Date.now'],
  [{ [domain]: 'export const now = Date.now' }, 'Date.now'],
  [{ [domain]: 'const x = new Date()' }, 'new Date()'],
  [{ [domain]: 'const x = new Date(0)' }, ''],
  [{ [domain]: 'const x = performance.now()' }, 'performance'],
  [{ [domain]: 'const x = globalThis' }, 'globalThis'],
  [{ [domain]: 'async function f() { await g() }' }, 'await'],
  [{ [domain]: 'let last = 0' }, 'remembers'],
  [{ [domain]: 'type X = { process: string }; const x = { process: 1 }; x.process' }, ''],
  [{ [ledger]: 'async function f() { await g() }' }, ''],
])

plant('clock, chance and environment come in at the door', worldComesInAtTheDoor, [
  [{ [ledger]: 'const x = Date.now()' }, 'Date.now'],
  [{ [service]: 'const x = Math.random()' }, 'Math.random'],
  [{ [api]: 'const x = process.env.HOST' }, 'process.env'],
  [{ [service]: 'const x = process.env' }, ''],
  [{ 'packages/runtime/src/clock.ts': 'const x = Date.now()' }, ''],
])

const index = (text: string) => ({
  'packages/a/src/index.ts': text,
  'packages/a/package.json': manifest({ exports: './src/index.ts' }),
})

plant('each package has one index', oneIndexPerPackage, [
  [index(`export { x } from './x.ts'`), ''],
  [index('export const x = 1'), 'more than re-export'],
  [{ 'packages/a/src/x.ts': '', 'packages/a/package.json': '{}' }, 'is missing'],
  [{ ...index(''), 'packages/a/src/b/index.ts': '' }, 'second index'],
  [{ ...index(''), 'packages/a/package.json': '{}' }, 'must export'],
])

plant('exports are named', exportsAreNamed, [
  [{ [domain]: `export * from './two.ts'` }, 'without naming'],
  [{ [domain]: `export * as two from './two.ts'` }, 'without naming'],
  [{ [domain]: `export { two } from './two.ts'` }, ''],
])

const thread = `new Worker(new URL('./thread.ts', import.meta.url))`

plant('no file is dead', noDeadFiles, [
  [{ 'packages/a/src/index.ts': '', 'packages/a/src/b.ts': '' }, 'nothing that runs'],
  [{ 'packages/a/src/index.ts': `export {x} from './b.ts'`, 'packages/a/src/b.ts': '' }, ''],
  [{ 'packages/a/src/index.ts': thread, 'packages/a/src/thread.ts': '' }, ''],
  [{ 'services/a/src/main.ts': `import('./command.ts')`, 'services/a/src/command.ts': '' }, ''],
  [
    { 'packages/a/src/a.test.ts': `import './b.ts'`, 'packages/a/src/b.ts': '' },
    'nothing that runs',
  ],
  [{ 'test/support/a.ts': '' }, 'no test uses'],
  [{ 'test/support/a.ts': '', 'test/a.test.ts': `import './support/a.ts'` }, ''],
  [{ 'test/bench/bench.ts': '', 'package.json': 'node test/bench/bench.ts' }, ''],
])

const passesOn = `export { x } from './one.ts'`

plant('no export is dead', noDeadExports, [
  [{ [domain]: 'export const x = 1' }, 'x is exported and used by nobody'],
  [{ [domain]: 'export const x = 1', 'packages/domain/src/index.ts': passesOn }, 'used by nobody'],
  [
    {
      [domain]: 'export const x = 1',
      'packages/domain/src/index.ts': passesOn,
      [api]: `import { x } from '@ledger/domain'`,
    },
    '',
  ],
  [{ [domain]: 'export function f() {}', 'packages/domain/src/a.ts': `import './one.ts'` }, 'f is'],
  [{ [domain]: 'export const x = 1; const y = x' }, ''],
  [{ [domain]: 'export type X = 1' }, ''],
])

const lines = (count: number): string => 'x()\n'.repeat(count)

plant('files are short', filesAreShort, [
  [{ [domain]: lines(301) }, '301 lines'],
  [{ [domain]: lines(300) }, ''],
])

plant('functions are short', functionsAreShort, [
  [{ [domain]: `function long() {\n${lines(69)}}` }, 'long has 71 lines'],
  [{ [domain]: `const long = () => {\n${lines(69)}}` }, 'long has 71 lines'],
  [{ [domain]: `class A { long() {\n${lines(69)}} }` }, 'long has 71 lines'],
  [{ [domain]: `function fits() {\n${lines(68)}}` }, ''],
  [{ [domain]: `describe('x', () => {\ntest('y', z)\n${lines(69)}})` }, ''],
  [{ [domain]: `test('y', () => {\n${lines(69)}})` }, '71 lines'],
])

plant('lines are short', linesAreShort, [
  [{ [domain]: `// ${'é'.repeat(98)}` }, 'longer than 100'],
  [{ [domain]: `// ${'é'.repeat(97)}` }, ''],
  [{ [domain]: `  test('${'x'.repeat(99)}', () => {})` }, ''],
])

plant('names are in kebab-case', namesAreKebabCase, [
  [{ 'packages/a/src/readModel.ts': '' }, 'kebab-case'],
  [{ 'packages/a/src/Read/a.ts': '' }, 'kebab-case'],
  [{ 'docs/README.md': '' }, 'kebab-case'],
  [
    { 'README.md': '', LICENSE: '', '.ci/run': '', 'a/b-c.test.ts': '', '.prettierrc.json': '' },
    '',
  ],
])

plant('no file is a grab-bag', noGrabBags, [
  [{ 'packages/a/src/utils.ts': '' }, 'grab-bag'],
  [{ 'packages/a/src/helpers/one.ts': '' }, 'grab-bag'],
  [{ 'packages/a/src/types.test.ts': '' }, 'grab-bag'],
  [{ 'packages/a/src/shared-registers.ts': '' }, ''],
])

const aTest = 'packages/a/src/a.test.ts'

plant('no test runs alone', noFocusedTests, [
  [{ [aTest]: `it.${'only'}('x', f)` }, 'runs alone'],
  [{ [aTest]: `test.concurrent.${'only'}('x', f)` }, 'runs alone'],
  [{ [aTest]: `it('x', f)` }, ''],
])

plant('a skipped test says why', skipsSayWhy, [
  [{ [aTest]: `it.skip('x', f)` }, 'context.skip'],
  [{ [aTest]: `describe.skipIf(true)('x', f)` }, 'context.skip'],
  [{ [aTest]: 'context.skip()' }, 'without a reason'],
  [{ [aTest]: 'skip(isMissing)' }, 'without a reason'],
  [{ [aTest]: `skip(isMissing, 'no broker')` }, ''],
  [{ [aTest]: `it.todo('later')` }, 'what it waits for'],
  [{ [aTest]: `it.todo(\n  'later (its source reads it)',\n)` }, ''],
])

plant('nothing was left behind', nothingLeftBehind, [
  [{ [domain]: `// TO${'DO'}: later` }, 'leftover marker'],
  [{ 'docs/a.md': `FIX${'ME'}` }, 'leftover marker'],
  [{ [domain]: `// eslint-${'disable-next-line'} x` }, 'switches a rule off'],
  [{ [domain]: `// @ts-${'nocheck'}` }, 'switches a rule off'],
  [{ [domain]: 'debugger' }, 'halts'],
  [{ [domain]: `it.todo('x (y)')` }, ''],
])

plant('documents have titles', documentsHaveTitles, [
  [{ 'a.md': 'text\n# Title' }, 'does not start'],
  [{ 'a.md': '## Title' }, 'does not start'],
  [{ 'a.md': '# Title\n# Another' }, 'second title'],
  [{ 'a.md': '# Title\n### Deep' }, 'skips a level'],
  [{ 'a.md': '# Title.' }, 'like a sentence'],
  [{ 'a.md': '# Title\n## One\n```sh\n# comment\n```\n### Two' }, ''],
])

plant('blocks of code have languages', blocksHaveLanguages, [
  [{ 'a.md': '```\nx\n```' }, 'without its language'],
  [{ 'a.md': '```sh\nx\n```' }, ''],
])

plant('documents name what is there', documentsNameWhatIs, [
  [{ 'docs/a.md': '[b](b.md)' }, 'names docs/b.md'],
  [{ 'docs/a.md': '[b](b.md#part)', 'docs/b.md': '' }, ''],
  [{ 'docs/a.md': '[b](https://example.com/b.md) [c](#part)' }, ''],
  [{ 'a.md': 'see `packages/domain/src/two.ts`' }, 'names packages/domain/src/two.ts'],
  [{ 'a.md': 'see `packages/domain/`', [domain]: '' }, ''],
])
