import { describe, expect, test } from 'vitest'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { seeded } from '../support/seeded.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { allIsWell } from './check-log.ts'
import { judgeFolder } from './judge-folder.ts'
import { createLoad } from './load.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const cycles = 6

describe('kill -9 of the whole ledger, again and again under load', () => {
  test('loses and doubles nothing, and leaves a read model that is a fold of the log', async () => {
    const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
    const random = seeded(seed)
    const folder = tempFolder()
    const load = createLoad(seed)
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const ledger = await startStandalone(folder)
      const client = httpClient(ledger.address)
      if (cycle === 0) await putGroups(client, definitions)
      const sending = load.send(client)
      await sleep(100 + random() * 500)
      ledger.send('SIGKILL')
      expect(await ledger.ended).toEqual({ code: null, signal: 'SIGKILL' })
      await sending.stop()
      // And once before it has even opened its door.
      const starting = runCommand(folder, ['serve'])
      await sleep(random() * 1_200)
      starting.send('SIGKILL')
      await starting.ended
    }
    const ledger = await startStandalone(folder)
    const client = httpClient(ledger.address)
    await load.settle(client)
    const last = load.acknowledged().at(-1)?.position
    const { status } = await client.ask('POST', '/v1/state', {
      group: 'offers',
      addresses: [{ kind: 'phone', value: '+12025550000' }],
      atLeast: last,
    })
    expect(status).toBe(200)
    ledger.send('SIGTERM')
    expect(await ledger.ended).toEqual({ code: 0, signal: null })

    const told = `seed ${seed}, ${load.acknowledged().length} acknowledged`
    expect(load.openCount(), told).toBe(0)
    expect(load.wrong(), told).toEqual([])
    const { verdict, differences, events, isCaughtUp } = await judgeFolder(
      folder,
      load.acknowledged(),
    )
    expect(verdict, told).toEqual(allIsWell)
    expect(isCaughtUp, told).toBe(true)
    expect(differences, told).toEqual([])
    const stamps = events.map(({ recordedAt }) => recordedAt)
    expect(
      stamps.every((stamp, nth) => stamp > (stamps[nth - 1] ?? 0)),
      told,
    ).toBe(true)
    expect(load.acknowledged().length, told).toBeGreaterThan(100)
  })
})
