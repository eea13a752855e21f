import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dumpReadModel } from '../support/dump-read-model.ts'
import { defineGroups, definitions } from '../support/groups.ts'
import type { HttpClient } from '../support/http-client.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { openTestLedger, testMasterKey } from '../support/open-test-ledger.ts'
import { acts, phoneOf } from '../support/signals.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { seeded } from '../support/seeded.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { testClock } from '../support/test-clock.ts'
import { allIsWell } from './check-log.ts'
import { judgeFolder } from './judge-folder.ts'
import { createLoad } from './load.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const env = { LEDGER_MASTER_KEY: Buffer.from(testMasterKey).toString('hex') }

const readModelsIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => /^read-model-\d+\.db$/.test(name))

const currentIn = (folder: string): string => {
  const pointer = join(folder, 'read-model.current')
  return existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : 'read-model-1.db'
}

/** A data folder with so many events, and a read model that has caught up with them. */
async function folderWith(signals: number): Promise<string> {
  const clock = testClock('2026-01-01T00:00:00Z')
  const ledger = await openTestLedger({ clock })
  await defineGroups(ledger.ledger.groups)
  const random = seeded(signals)
  for (let done = 0; done < signals; done += 500) {
    const batch = Array.from({ length: 500 }, () => {
      const address = phoneOf(Math.floor(random() * 3_000))
      return random() < 0.3 ? acts.stop(address) : acts.apiOptIn(address, 'offers')
    })
    await Promise.all(batch.map(ledger.record))
    clock.advance(60_000_000)
  }
  const { folder } = ledger
  await ledger.close()
  const running = await startStandalone(folder, env)
  await waitUntilVisible(httpClient(running.address), await headOf(httpClient(running.address)))
  running.send('SIGTERM')
  await running.ended
  return folder
}

const ask = (client: HttpClient, more: object = {}) =>
  client.ask('POST', '/v1/state', { group: 'offers', addresses: [phoneOf(1)], ...more })

/** Where the log ends, as a strong read says it. */
async function headOf(client: HttpClient): Promise<string> {
  const answer = await ask(client, { consistency: 'strong' })
  return (answer.json as { readonly freshness: { readonly position: string } }).freshness.position
}

async function rebuildState(client: HttpClient): Promise<string> {
  const answer = await client.ask('GET', '/v1/rebuild')
  return (answer.json as { readonly state: string }).state
}

async function waitUntilVisible(client: HttpClient, position: string): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) {
    if ((await ask(client, { atLeast: position })).status === 200) return
  }
  throw new Error('the read model has not caught up')
}

describe('a rebuild by the command line', () => {
  test('killed again and again leaves what was there, and done at last equals it row for row', async () => {
    const folder = await folderWith(12_000)
    const before = dumpReadModel(join(folder, currentIn(folder)))
    const random = seeded(9)
    for (let cycle = 0; cycle < 4; cycle += 1) {
      const rebuilding = runCommand(folder, ['rebuild'], env)
      while (readModelsIn(folder).length < 2 && !rebuilding.hasEnded()) await sleep(5)
      await sleep(random() * 150)
      rebuilding.send('SIGKILL')
      await rebuilding.ended
      expect(currentIn(folder)).toBe('read-model-1.db')
      expect(dumpReadModel(join(folder, 'read-model-1.db'))).toEqual(before)
    }
    const done = runCommand(folder, ['rebuild'], env)
    expect(await done.ended).toEqual({ code: 0, signal: null })
    expect(done.said().stderr).toMatch(/rebuild done: \d+ events in [\d.]+ s, 0 parked/)
    expect(currentIn(folder)).toBe('read-model-2.db')
    expect(readModelsIn(folder)).toEqual(['read-model-2.db'])
    expect(dumpReadModel(join(folder, 'read-model-2.db'))).toEqual(before)
    const findings = await judgeFolder(folder, [])
    expect(findings).toMatchObject({ verdict: allIsWell, differences: [], isCaughtUp: true })
  })

  test('of a ledger to which nothing was ever said is done at once', async () => {
    const folder = tempFolder()
    const ledger = await startStandalone(folder)
    ledger.send('SIGTERM')
    await ledger.ended
    const rebuilding = runCommand(folder, ['rebuild'])
    expect(await rebuilding.ended).toEqual({ code: 0, signal: null })
    const again = await startStandalone(folder)
    const answer = await httpClient(again.address).ask('GET', '/readyz')
    expect(answer).toMatchObject({ status: 200, json: { ready: true } })
  })
})

describe('a rebuild of a running ledger', () => {
  test('while it is asked and told ends in the same read model, and no answer fails', async () => {
    const folder = tempFolder()
    const load = createLoad(7)
    const ledger = await startStandalone(folder)
    const client = httpClient(ledger.address)
    await putGroups(client, definitions)
    const sending = load.send(client)
    await sleep(300)
    const statuses = new Set<number>()
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await client.ask('POST', '/v1/rebuild')).json).toMatchObject({ state: 'running' })
      for (;;) {
        statuses.add((await ask(client)).status)
        const state = await rebuildState(client)
        if (state !== 'running') {
          expect(state).toBe('done')
          break
        }
      }
    }
    await sending.stop()
    await load.settle(client)
    await waitUntilVisible(client, load.acknowledged().at(-1)?.position ?? '')
    ledger.send('SIGTERM')
    expect((await ledger.ended).code).toBe(0)
    expect([...statuses]).toEqual([200])
    expect(currentIn(folder)).toBe('read-model-4.db')
    expect(readModelsIn(folder)).toEqual(['read-model-4.db'])
    const findings = await judgeFolder(folder, load.acknowledged())
    expect(findings).toMatchObject({ verdict: allIsWell, differences: [], isCaughtUp: true })
  })

  test('that is cancelled, or killed with the ledger, leaves the one that was there', async () => {
    const folder = await folderWith(4_000)
    const ledger = await startStandalone(folder, env)
    const client = httpClient(ledger.address)
    await client.ask('POST', '/v1/rebuild')
    await client.ask('DELETE', '/v1/rebuild')
    while ((await rebuildState(client)) === 'running') await sleep(10)
    expect((await ask(client)).status).toBe(200)
    await client.ask('POST', '/v1/rebuild')
    await sleep(30)
    ledger.send('SIGKILL')
    await ledger.ended
    const again = await startStandalone(folder, env)
    const askAgain = httpClient(again.address)
    await waitUntilVisible(askAgain, await headOf(askAgain))
    again.send('SIGTERM')
    await again.ended
    expect(readModelsIn(folder)).toEqual([currentIn(folder)])
    const findings = await judgeFolder(folder, [])
    expect(findings).toMatchObject({ verdict: allIsWell, differences: [], isCaughtUp: true })
  })
})
