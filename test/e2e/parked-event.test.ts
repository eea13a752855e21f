import { join } from 'node:path'
import { openSqliteDesk } from '@ledger/adapter-sqlite'
import { subjectStream } from '@ledger/domain'
import { describe, expect, onTestFinished, test } from 'vitest'
import { appendGarbage } from '../support/garbage.ts'
import { defineGroups } from '../support/groups.ts'
import type { HttpClient } from '../support/http-client.ts'
import { httpClient } from '../support/http-client.ts'
import { openTestLedger, testMasterKey } from '../support/open-test-ledger.ts'
import { acts, newPhone } from '../support/signals.ts'
import { startStandalone } from '../support/start-standalone.ts'

type Told = {
  readonly results: readonly { readonly permitted: boolean; readonly reason: string }[]
  readonly freshness: { readonly parked: number; readonly withinWindow: boolean }
}

async function ask(client: HttpClient, body: object): Promise<Told> {
  return (await client.ask('POST', '/v1/permissions', { group: 'offers', ...body })).json as Told
}

describe('an event that nobody can read, in the log of a ledger', () => {
  test('holds its subject, stops nobody else, and is shown to operators', async () => {
    const before = await openTestLedger()
    await defineGroups(before.ledger.groups)
    const [ada, bob] = [newPhone(), newPhone()]
    await before.record(acts.apiOptIn(ada, 'offers'))
    const { position } = await appendGarbage(
      before,
      subjectStream(await before.subjectOf(ada)),
      'unknown-version',
    )
    const recorded = await before.record(acts.apiOptIn(bob, 'offers'))
    await before.close()

    const env = { LEDGER_MASTER_KEY: Buffer.from(testMasterKey).toString('hex') }
    const ledger = await startStandalone(before.folder, env)
    const client = httpClient(ledger.address)
    const told = await ask(client, { addresses: [ada, bob], atLeast: recorded.position })
    expect(told).toMatchObject({
      results: [
        { permitted: false, reason: 'held' },
        { permitted: true, reason: 'subscribed' },
      ],
      freshness: { parked: 1, withinWindow: true },
    })
    const strong = await ask(client, { addresses: [ada, bob], consistency: 'strong' })
    expect(strong.results).toEqual(told.results)
    const metrics = await client.ask('GET', '/metrics')
    expect(metrics.text).toMatch(/^ledger_parked_events 1$/m)
    expect((await client.ask('GET', '/readyz')).status).toBe(200)
    const [answer] = await client.post([acts.webOptIn(ada, 'offers')])
    const still = await ask(client, { addresses: [ada], atLeast: answer?.position })
    expect(still.results).toMatchObject([{ permitted: false, reason: 'held' }])
    ledger.send('SIGTERM')
    expect(await ledger.ended).toEqual({ code: 0, signal: null })

    const desk = await openSqliteDesk({ path: join(before.folder, 'desk.db') })
    onTestFinished(() => desk.close())
    expect(await desk.parked(10)).toMatchObject([{ position, attempts: 3 }])
    expect(await desk.reviews(null, 10, 'open')).toMatchObject([
      { id: position, kind: 'parked-event' },
    ])
  })
})
