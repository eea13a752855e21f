import { expect, test } from 'vitest'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { acts, phoneOf } from '../support/signals.ts'
import { startFaulty } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { cannotTrace } from '../support/traced.ts'

test('after a failed fsync the ledger says that it is not ready, and still answers', async (context) => {
  context.skip(cannotTrace !== null, cannotTrace ?? '')
  // Of each thread the calls up to the 149th succeed: enough to start and to record something.
  const ledger = await startFaulty(tempFolder(), 'fsync,fdatasync:error=EIO:when=150+')
  const client = httpClient(ledger.address)
  await putGroups(client, definitions)
  await client.post([acts.stop(phoneOf(1))])
  await expect
    .poll(async () => (await client.ask('GET', '/readyz')).json, { timeout: 10_000 })
    .toEqual({ ready: true })
  let failed = ''
  for (let person = 2; failed === '' && person < 600; person += 1) {
    const { status, text } = await client.ask('POST', '/v1/signals', [acts.stop(phoneOf(person))])
    if (text.includes('write-stopped')) failed = `${status}`
  }
  expect(failed).not.toBe('')
  const readiness = await client.ask('GET', '/readyz')
  expect(readiness.status).toBe(503)
  expect(readiness.json).toMatchObject({ ready: false })
  expect((readiness.json as { reasons: string[] }).reasons).toContain('write-stopped')
  expect((await client.ask('GET', '/metrics')).text).toMatch(/^ledger_write_stopped 1$/m)
  const state = await client.ask('POST', '/v1/state', {
    group: 'offers',
    addresses: [phoneOf(1)],
    consistency: 'strong',
  })
  expect(state).toMatchObject({ status: 200, json: { results: [{ state: 'unsubscribed' }] } })
})
