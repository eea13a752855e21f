import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { definitions } from '../support/groups.ts'
import type { HttpClient } from '../support/http-client.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { acts, phoneOf } from '../support/signals.ts'
import type { OwnProcess } from '../support/start-standalone.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder, tempFolder } from '../support/temp-folder.ts'

const [ada, bob] = [phoneOf(1), phoneOf(2)]
const people = 400

/** A ledger at rest in which Ada may be messaged, and Bob and half of the others said STOP. */
const whole = makeTempFolder()
beforeAll(async () => {
  const cleanUps: (() => Promise<void>)[] = []
  const running = await startStandalone(whole.path, {}, (cleanUp) => cleanUps.push(cleanUp))
  const client = httpClient(running.address)
  await putGroups(client, definitions)
  const all = Array.from({ length: people }, (_, index) => phoneOf(index + 1))
  await client.post(all.map((each) => acts.webOptIn(each, 'offers')))
  const stops = all.filter((_, index) => index % 2 === 1).map((each) => acts.stop(each))
  const atLeast = (await client.post(stops)).at(-1)?.position
  expect(await permitted(client, { atLeast })).toEqual([true, false])
  running.send('SIGTERM')
  await running.ended
  for (const cleanUp of cleanUps) await cleanUp()
  // A write-ahead log would mend the file that a test damages.
  for (const [name] of files) inDatabase(join(whole.path, name), 'PRAGMA wal_checkpoint(TRUNCATE)')
})
afterAll(whole.remove)

/** Whether Ada and Bob may be messaged; null where that was not answered. */
async function permitted({ ask }: HttpClient, more: object = {}) {
  const body = { group: 'offers', addresses: [ada, bob], ...more }
  const { status, json } = await ask('POST', '/v1/permissions', body)
  if (status !== 200) return [null, null]
  const { results } = json as { readonly results: readonly { readonly permitted: boolean }[] }
  return results.map((result) => result.permitted)
}

function damagedCopy(damage: (folder: string) => void): string {
  const folder = tempFolder()
  cpSync(whole.path, folder, { recursive: true })
  damage(folder)
  return folder
}

/** Starts a ledger until it listens or has ended. */
async function tryStart(folder: string, env = {}): Promise<OwnProcess & { client: HttpClient }> {
  const own = runCommand(folder, ['serve'], env)
  const listening = own.says(/listening on (http:\S+)/).catch(() => null)
  const found = await listening
  return { ...own, client: httpClient(found?.[1] ?? 'http://127.0.0.1:1') }
}

function inDatabase(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

const files = [
  ['log.db', 'event log'],
  ['vault.db', 'vault'],
  ['desk.db', 'desk'],
  ['read-model-1.db', 'read model'],
] as const

describe('a file of a newer version', () => {
  test.each(files.slice(0, 2))('%s is refused in words, and left as it is', async (name, kind) => {
    const folder = damagedCopy((path) => {
      inDatabase(join(path, name), 'PRAGMA user_version = 99')
    })
    const before = readFileSync(join(folder, name))
    const start = await tryStart(folder)
    expect(await start.ended).toEqual({ code: 1, signal: null })
    expect(start.said().stderr).toMatch(`${kind} that can be opened: expected version`)
    expect(readFileSync(join(folder, name)).equals(before)).toBe(true)
  })
})

const damages = {
  'cut in half': (path: string) => truncateSync(path, Math.floor(readFileSync(path).length / 2)),
  'overwritten in its middle': (path: string) => overwrite(path, (size) => size / 2, 3 * 4_096),
  'overwritten at its start': (path: string) => overwrite(path, () => 0, 512),
} as const

function overwrite(path: string, from: (size: number) => number, length: number): void {
  const bytes = readFileSync(path)
  const start = Math.floor(from(bytes.length))
  bytes.fill(0xa5, start, Math.min(bytes.length, start + length))
  writeFileSync(path, bytes)
}

describe.each(files)('%s', (name, kind) => {
  test.each(Object.entries(damages))(
    '%s grants nobody what it should not',
    async (_how, damage) => {
      const folder = damagedCopy((path) => damage(join(path, name)))
      const start = await tryStart(folder)
      if (name !== 'read-model-1.db' && start.hasEnded()) {
        expect((await start.ended).code).toBe(1)
        expect(start.said().stderr).toContain(kind)
        return
      }
      for (const more of [{}, { consistency: 'strong' }]) {
        expect((await permitted(start.client, more))[1]).not.toBe(true)
      }
      if (name === 'read-model-1.db') {
        await expect.poll(() => permitted(start.client), { timeout: 8_000 }).toEqual([true, false])
      }
    },
  )
})

test('a wrong master key is refused in words, and a file of it is not mistaken for none', async () => {
  const folder = damagedCopy(() => {})
  const wrong = await tryStart(folder, { LEDGER_MASTER_KEY: '07'.repeat(32) })
  expect((await wrong.ended).code).toBe(1)
  expect(wrong.said().stderr).toContain('the master key does not open this vault')
  writeFileSync(join(folder, 'master.key'), '')
  const empty = await tryStart(folder)
  expect((await empty.ended).code).toBe(1)
  expect(empty.said().stderr).toContain('master.key must hold 32 bytes')
})
