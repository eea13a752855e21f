import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { askPermission } from '../support/permission.ts'
import { settableClock } from '../support/settable-clock.ts'
import { acts, newPhone } from '../support/signals.ts'
import { startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** Holds the read model locked, so that its projector hangs at its next write; gives the key. */
function hangProjector(folder: string): () => void {
  const database = new DatabaseSync(join(folder, 'read-model-1.db'), { timeout: 5_000 })
  database.exec('BEGIN IMMEDIATE')
  let isHeld = true
  const release = (): void => {
    if (isHeld) database.close()
    isHeld = false
  }
  onTestFinished(release)
  return release
}

test('a projector that hangs freezes asOf; past the window nothing is permitted until it goes on', async () => {
  const [folder, clock] = [tempFolder(), settableClock()]
  const [ada, bob] = [newPhone(), newPhone()]
  const ledger = await startStandalone(folder, clock.env)
  const client = httpClient(ledger.address)
  await putGroups(client, definitions)
  const [seen] = await client.post([acts.webOptIn(ada, 'offers')])
  expect(await askPermission(client, ada, seen?.position)).toMatchObject({ permitted: true })
  expect((await client.ask('GET', '/readyz')).status).toBe(200)

  const letGo = hangProjector(folder)
  const [, told] = await client.post([acts.webOptIn(bob, 'offers'), acts.stop(ada)])
  const frozen = await askPermission(client, ada)
  // Within the window the old answer stands, and says how old it is.
  expect(frozen).toMatchObject({ permitted: true, withinWindow: true })
  await expect.poll(async () => (await askPermission(client, ada)).lagMs).toBeGreaterThan(600)
  expect((await askPermission(client, ada)).asOf).toBe(frozen.asOf)

  clock.setMs(61_000)
  const late = { permitted: false, reason: 'stale', withinWindow: false, asOf: frozen.asOf }
  await expect.poll(() => askPermission(client, ada)).toMatchObject(late)
  expect(await client.ask('GET', '/readyz')).toMatchObject({
    status: 503,
    json: { ready: false, reasons: ['outside-window'] },
  })
  const metrics = await client.ask('GET', '/metrics')
  expect(metrics.text).toContain('ledger_read_model_within_window 0')
  // Intake goes on, and who asks strongly is not kept from the answer.
  const [still] = await client.post([acts.stop(bob)])
  expect(still?.outcome).toBe('recorded')
  const strong = { group: 'offers', addresses: [ada], consistency: 'strong' }
  expect((await client.ask('POST', '/v1/permissions', strong)).json).toMatchObject({
    results: [{ permitted: false, reason: 'unsubscribed' }],
  })

  letGo()
  const recovered = { permitted: false, reason: 'unsubscribed', withinWindow: true }
  const waitMs = { timeout: 10_000 }
  await expect.poll(() => askPermission(client, ada), waitMs).toMatchObject(recovered)
  expect(await askPermission(client, bob, told?.position)).toMatchObject({ permitted: false })
  expect((await client.ask('GET', '/readyz')).status).toBe(200)
  ledger.send('SIGTERM')
  expect((await ledger.ended).code).toBe(0)
})

test('a ledger whose projector hangs stops when it is told to', async () => {
  const folder = tempFolder()
  const ledger = await startStandalone(folder)
  hangProjector(folder)
  ledger.send('SIGTERM')
  expect((await ledger.ended).code).toBe(0)
})
