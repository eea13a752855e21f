import { formatInstant } from '@ledger/domain'
import { describe, expect, test } from 'vitest'
import { allIsWell } from '../chaos/check-log.ts'
import { judgeFolder } from '../chaos/judge-folder.ts'
import { definitions } from '../support/groups.ts'
import type { HttpClient } from '../support/http-client.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { askPermission } from '../support/permission.ts'
import type { SettableClock } from '../support/settable-clock.ts'
import { dayMs, hourMs, settableClock } from '../support/settable-clock.ts'
import type { CloudEvent } from '../support/signals.ts'
import { acts, newPhone } from '../support/signals.ts'
import type { StandaloneProcess } from '../support/start-standalone.ts'
import { startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** What a clock that was never touched says, so many milliseconds from now. */
const trueTime = (inMs = 0): string => formatInstant((Date.now() + inMs) * 1_000)

type Running = StandaloneProcess & { readonly client: HttpClient }

async function start(folder: string, clock: SettableClock): Promise<Running> {
  const running = await startStandalone(folder, clock.env)
  return { ...running, client: httpClient(running.address) }
}

async function stop({ send, ended }: Running): Promise<void> {
  send('SIGTERM')
  expect((await ended).code).toBe(0)
}

/** Records one signal; gives its position. */
async function tell(client: HttpClient, event: CloudEvent): Promise<string> {
  const [answer] = await client.post([event])
  expect(answer?.outcome).toBe('recorded')
  return answer?.position ?? ''
}

/** A log in which time never stands still, and a read model that is a fold of it. */
async function expectOneTime(folder: string): Promise<void> {
  const { events, ...findings } = await judgeFolder(folder, [])
  expect(findings).toMatchObject({ verdict: allIsWell, differences: [], isCaughtUp: true })
  const stamps = events.map(({ recordedAt }) => recordedAt)
  expect(stamps).toEqual([...new Set(stamps)].toSorted((a, b) => a - b))
}

describe('a clock that is set back an hour', () => {
  test('stamps no event before another, keeps asOf moving, and grants nothing', async () => {
    const [folder, clock] = [tempFolder(), settableClock()]
    const [ada, bob] = [newPhone(), newPhone()]
    const running = await start(folder, clock)
    const { client } = running
    await putGroups(client, definitions)
    await tell(client, acts.webOptIn(ada, 'offers'))
    await tell(client, acts.webOptIn(bob, 'offers'))
    const before = await askPermission(client, bob, await tell(client, acts.stop(ada)))
    expect(before).toMatchObject({ permitted: true, withinWindow: true })

    clock.setMs(-hourMs)
    const after = await askPermission(client, ada, await tell(client, acts.stop(bob)))
    expect(after).toMatchObject({ permitted: false, reason: 'unsubscribed', withinWindow: true })
    expect(after.asOf > before.asOf).toBe(true)
    await stop(running)

    const again = await start(folder, clock)
    // Nobody can say how old this START is; the next one says it.
    const doubted = await tell(again.client, acts.start(bob, 'offers'))
    expect(await askPermission(again.client, bob, doubted)).toMatchObject({ permitted: false })
    const timed = acts.start(bob, 'offers', { claimedAt: trueTime() })
    const restarted = await askPermission(again.client, bob, await tell(again.client, timed))
    expect(restarted).toMatchObject({ permitted: true, withinWindow: true })
    expect(restarted.asOf > after.asOf).toBe(true)
    expect(restarted.lagMs).toBeLessThan(5_000)
    await stop(again)
    await expectOneTime(folder)
  })

  test('does not bring an expired key back, nor does a restart', async () => {
    const [folder, clock] = [tempFolder(), settableClock()]
    const running = await start(folder, clock)
    const body = { name: 'brief', scopes: ['query'], expiresAt: trueTime(hourMs / 2) }
    const made = await running.client.ask('POST', '/v1/keys', body)
    const { key } = made.json as { readonly key: string }
    const statusOf = async ({ address }: Running): Promise<number> =>
      (await httpClient(address, key).ask('GET', '/v1/groups')).status
    expect(await statusOf(running)).toBe(200)
    clock.setMs(hourMs)
    await expect.poll(() => statusOf(running)).toBe(401)
    // What the read model has proven outlives the process, and with it that the time has come.
    const asOf = async () => (await askPermission(running.client, newPhone())).asOf
    await expect.poll(async () => (await asOf()) > body.expiresAt).toBe(true)
    clock.setMs(0)
    expect(await statusOf(running)).toBe(401)
    await stop(running)
    expect(await statusOf(await start(folder, clock))).toBe(401)
  })
})

describe('a clock that is set forward a day', () => {
  test('ends nothing for good, and what it dates too late hides no STOP', async () => {
    const [folder, clock] = [tempFolder(), settableClock()]
    const [ada, bob, cy, dan] = [newPhone(), newPhone(), newPhone(), newPhone()]
    const running = await start(folder, clock)
    const { client } = running
    await putGroups(client, definitions)
    await tell(client, acts.webOptIn(ada, 'offers', { validUntil: trueTime(hourMs) }))
    await tell(client, acts.webOptIn(bob, 'offers', { validUntil: trueTime(3 * dayMs) }))

    clock.setMs(dayMs)
    const jumped = await tell(client, acts.webOptIn(cy, 'offers'))
    expect(await askPermission(client, cy, jumped)).toMatchObject({ permitted: true })
    // By the only clock there is, a day has passed: what ends within it has ended.
    expect(await askPermission(client, ada)).toMatchObject({ permitted: false, state: 'expired' })
    expect(await askPermission(client, bob)).toMatchObject({ permitted: true })
    const during = await tell(client, acts.stop(cy, { claimedAt: trueTime() }))
    expect(await askPermission(client, cy, during)).toMatchObject({ permitted: false })

    clock.setMs(0)
    await tell(client, acts.webOptIn(dan, 'offers'))
    const late = await tell(client, acts.stop(dan, { claimedAt: trueTime() }))
    const after = await askPermission(client, dan, late)
    expect(after).toMatchObject({ permitted: false, reason: 'unsubscribed', withinWindow: true })
    expect(await askPermission(client, cy)).toMatchObject({ permitted: false })
    expect(await askPermission(client, bob)).toMatchObject({ permitted: true })
    const again = await tell(client, acts.webOptIn(ada, 'offers', { claimedAt: trueTime() }))
    expect(await askPermission(client, ada, again)).toMatchObject({ permitted: true })
    await stop(running)
    await expectOneTime(folder)
  })
})
