import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSqliteEventStore, openSqliteVault } from '@ledger/adapter-sqlite'
import { expect, test } from 'vitest'
import { tempFolder } from '../support/temp-folder.ts'
import { cannotTrace } from '../support/traced.ts'
import type { Said } from './appending-child.ts'
import { expectAllKept } from './kept.ts'

const child = fileURLToPath(new URL('./appending-child.ts', import.meta.url))
const syncs = 'fsync,fdatasync'

/** Files that exist, so that what a child does to them is appending only. */
async function preparedFolder(): Promise<string> {
  const folder = tempFolder()
  await (await openSqliteEventStore({ path: join(folder, 'log.db') })).close()
  await (await openSqliteVault({ path: join(folder, 'vault.db') })).close()
  return folder
}

/** Runs a child that appends one by one, under `strace` with these options. */
function appendTraced(folder: string, steps: number, ...options: readonly string[]) {
  const trace = join(folder, 'trace')
  const command = [...options, process.execPath, child, folder, '1', String(steps)]
  const ran = spawnSync('strace', ['-f', '-qq', '-o', trace, ...command], { encoding: 'utf8' })
  const lines = ran.stdout.split('\n').filter((line) => line !== '')
  const said = lines.map((line) => JSON.parse(line) as Said)
  return { said, trace: readFileSync(trace, 'utf8'), status: ran.status }
}

const kinds = (said: readonly Said[]) =>
  said.map((each) => (each.said === 'outage' ? each.code : each.said))

test('every acknowledged commit was synced to the disk first', async (context) => {
  context.skip(cannotTrace !== null, cannotTrace ?? '')
  const steps = 40
  const { said, trace } = appendTraced(await preparedFolder(), steps, '-e', `trace=${syncs},write`)
  expect(kinds(said)).toHaveLength(2 * steps)
  // Between two acknowledgements of one lane stands at least one sync of the file that was written.
  let synced = 0
  for (const line of trace.split('\n')) {
    if (/f(data)?sync\(.*= 0/.test(line) || /<\.\.\. f(data)?sync resumed>.*= 0/.test(line)) {
      synced += 1
    }
    if (/write\(1, "\{\\"said/.test(line)) {
      expect(synced).toBeGreaterThan(0)
      synced = 0
    }
  }
})

test('a failed sync stops all writing, and what was acknowledged before is kept', async (context) => {
  context.skip(cannotTrace !== null, cannotTrace ?? '')
  const folder = await preparedFolder()
  const fault = `inject=${syncs}:error=EIO:when=21+`
  const { said } = appendTraced(folder, 60, '-e', `trace=${syncs}`, '-e', fault)
  const stopped = kinds(said).indexOf('write-stopped')
  expect(stopped).toBeGreaterThan(10)
  expect(new Set(kinds(said).slice(stopped + 2))).toEqual(new Set(['write-stopped']))
  await expectAllKept(folder, said)
})

test('a full disk refuses, keeps what it acknowledged, and takes more when it has room', async (context) => {
  context.skip(cannotTrace !== null, cannotTrace ?? '')
  const folder = await preparedFolder()
  const fault = 'inject=pwrite64:error=ENOSPC:when=150..160'
  const { said, status } = appendTraced(folder, 60, '-e', 'trace=pwrite64', '-e', fault)
  expect(status).toBe(0)
  const all = kinds(said)
  expect(new Set(all)).toEqual(new Set(['appended', 'claimed', 'unavailable']))
  expect(all.lastIndexOf('appended')).toBeGreaterThan(all.lastIndexOf('unavailable'))
  const ids = await expectAllKept(folder, said)
  const appended = said.flatMap((each) => (each.said === 'appended' ? each.ids : []))
  expect(ids).toEqual(appended)
})
