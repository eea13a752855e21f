import type { TestContext } from 'vitest'
import { expect, onTestFinished, test } from 'vitest'
import type { Acknowledged } from '../chaos/check-log.ts'
import { allIsWell } from '../chaos/check-log.ts'
import { judgeFolder } from '../chaos/judge-folder.ts'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { askPermission } from '../support/permission.ts'
import type { CloudEvent } from '../support/signals.ts'
import { acts, newPhone } from '../support/signals.ts'
import type { SmallDisk } from '../support/small-disk.ts'
import { smallDisk } from '../support/small-disk.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'

/** A small disk for one test; the test is skipped where none may be mounted. */
function diskOf(context: TestContext, mebibytes: number): SmallDisk {
  const disk = smallDisk(mebibytes)
  context.skip(disk === null, 'this process may not mount a file system')
  if (disk === null) throw new Error('skipped above')
  onTestFinished(disk.remove)
  return disk
}

const batchOf = (size: number): readonly CloudEvent[] =>
  Array.from({ length: size }, () => acts.stop(newPhone()))

test('a full disk acknowledges nothing, goes on answering, and takes all of it once there is room', async (context) => {
  const disk = diskOf(context, 24)
  const ledger = await startStandalone(disk.path)
  const client = httpClient(ledger.address)
  await putGroups(client, definitions)
  const ada = newPhone()
  const [seen] = await client.post([acts.webOptIn(ada, 'offers')])
  expect(await askPermission(client, ada, seen?.position)).toMatchObject({ permitted: true })

  const acknowledged: Acknowledged[] = []
  const refused: CloudEvent[] = []
  const send = async (batch: readonly CloudEvent[]): Promise<number> => {
    const { status, json } = await client.ask('POST', '/v1/signals', batch)
    if (status === 200) {
      acknowledged.push(...(json as { readonly results: readonly Acknowledged[] }).results)
    } else {
      expect({ status, json }).toMatchObject({ status: 503, json: { code: 'unavailable' } })
      refused.push(...batch)
    }
    return status
  }
  disk.fill()
  // What was cut back of the write-ahead logs may still hold some; then none is taken any more.
  await expect.poll(() => send(batchOf(100)), { timeout: 20_000, interval: 1 }).toBe(503)
  for (let turn = 0; turn < 20; turn += 1) {
    disk.fill()
    await send(batchOf(50))
  }
  expect(refused.length).toBeGreaterThan(500)
  expect(await askPermission(client, ada)).toMatchObject({ permitted: true, withinWindow: true })
  expect((await client.ask('GET', '/healthz')).status).toBe(200)

  disk.free()
  await expect.poll(() => send(refused.splice(0)), { timeout: 20_000 }).toBe(200)
  expect(refused).toEqual([])
  const last = acknowledged.at(-1)?.position
  expect(await askPermission(client, ada, last)).toMatchObject({ permitted: true })
  ledger.send('SIGTERM')
  expect((await ledger.ended).code).toBe(0)
  const findings = await judgeFolder(disk.path, acknowledged)
  expect(findings).toMatchObject({ verdict: allIsWell, differences: [], isCaughtUp: true })
})

test('a first start on a disk that fills up ends in words, and leaves nothing that stops the next', async (context) => {
  const disk = diskOf(context, 8)
  // Room for none of its files, for some, for nearly all.
  for (const kibibytes of [0, 40, 120, 250]) {
    disk.fill(kibibytes * 1024)
    const refused = runCommand(disk.path, ['serve'])
    expect(await refused.ended).toEqual({ code: 1, signal: null })
    expect(refused.said().stderr).toMatch(/disk is full|no space left|disk I\/O error/)
    disk.free()
  }
  const ledger = await startStandalone(disk.path)
  const { ask } = httpClient(ledger.address)
  await expect.poll(async () => (await ask('GET', '/readyz')).status).toBe(200)
})
