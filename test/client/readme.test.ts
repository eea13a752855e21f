import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { clientExample, clientExamplePrints } from '../support/client-example.ts'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { adminKey, startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('the example of the README has twenty lines and prints what it says', async () => {
  const folder = tempFolder()
  const ledger = await startStandalone(join(folder, 'data'))
  await putGroups(httpClient(ledger.address), { offers: definitions.offers })
  const example = clientExample(join(root, 'packages/client/src/index.ts'))
  expect(example.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(20)
  const path = join(folder, 'example.mts')
  writeFileSync(path, example)
  const env = { PATH: process.env['PATH'], LEDGER_URL: ledger.address, LEDGER_KEY: adminKey }
  const node = join(root, 'node_modules', '.bin', 'node')
  const { stdout } = await promisify(execFile)(node, [path], { env })
  expect(stdout).toBe(clientExamplePrints())
})
