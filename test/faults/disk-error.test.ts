import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import type { Acknowledged } from '../chaos/check-log.ts'
import { allIsWell } from '../chaos/check-log.ts'
import { judgeFolder } from '../chaos/judge-folder.ts'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { askPermission } from '../support/permission.ts'
import { acts, newPhone } from '../support/signals.ts'
import { startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

const canTrace = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true']).status === 0

/** From now on no sync of this process reaches the disk, until it is let go. */
async function breakDisk(pid: number | undefined): Promise<() => Promise<void>> {
  const syncs = 'fsync,fdatasync'
  const faults = ['-e', `trace=${syncs}`, '-e', `inject=${syncs}:error=EIO`]
  const own = spawn('strace', ['-f', '-o', '/dev/null', ...faults, '-p', String(pid)])
  const ended = once(own, 'close')
  const letGo = async (): Promise<void> => {
    own.kill('SIGINT')
    await ended
  }
  onTestFinished(letGo)
  await new Promise<void>((resolve) => {
    own.stderr.on('data', (text: Buffer) => {
      if (text.includes('attached')) resolve()
    })
    void ended.then(() => resolve())
  })
  return letGo
}

test('a sync that fails stops intake until a restart, and /readyz says so; reads go on', async (context) => {
  context.skip(!canTrace, 'strace is not installed or may not trace here')
  const folder = tempFolder()
  const ledger = await startStandalone(folder)
  const client = httpClient(ledger.address)
  await putGroups(client, definitions)
  const ada = newPhone()
  const acknowledged: Acknowledged[] = [...(await client.post([acts.webOptIn(ada, 'offers')]))]
  const seen = acknowledged[0]?.position
  expect(await askPermission(client, ada, seen)).toMatchObject({ permitted: true })

  const mendDisk = await breakDisk(ledger.pid)
  const stop = acts.stop(ada)
  const stopped = { status: 503, json: { code: 'write-stopped' } }
  expect(await client.ask('POST', '/v1/signals', stop)).toMatchObject(stopped)
  await mendDisk()
  // The disk works again, and nobody knows what it has forgotten.
  expect(await client.ask('POST', '/v1/signals', stop)).toMatchObject(stopped)
  expect(await client.ask('GET', '/readyz')).toMatchObject({
    status: 503,
    json: { ready: false, reasons: ['write-stopped'] },
  })
  expect((await client.ask('GET', '/v1/groups')).status).toBe(200)
  expect((await askPermission(client, ada)).withinWindow).toBe(true)
  ledger.send('SIGTERM')
  await ledger.ended

  const again = await startStandalone(folder)
  const after = httpClient(again.address)
  const [retried] = await after.post([stop])
  expect(retried?.outcome).toMatch(/recorded|duplicate/)
  expect(await askPermission(after, ada, retried?.position)).toMatchObject({ permitted: false })
  again.send('SIGTERM')
  expect((await again.ended).code).toBe(0)
  const findings = await judgeFolder(folder, acknowledged)
  expect(findings).toMatchObject({ verdict: allIsWell, differences: [] })
})
