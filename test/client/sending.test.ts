import type { LedgerClient, LedgerClientOptions, NewSignal } from '@ledger/client'
import {
  BatcherFull,
  identified,
  LedgerProblem,
  LedgerUnreachable,
  openLedgerClient,
  SendFailed,
} from '@ledger/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultProxy, ProxyFault } from '../support/fault-proxy.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { newPhone } from '../support/signals.ts'
import type { StandaloneProcess } from '../support/start-standalone.ts'
import { adminKey, startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

let ledger: StandaloneProcess
const cleanUps: (() => Promise<void> | void)[] = []
beforeAll(async () => {
  const folder = makeTempFolder()
  cleanUps.push(folder.remove)
  ledger = await startStandalone(folder.path, {}, (cleanUp) => void cleanUps.push(cleanUp))
  await putGroups(httpClient(ledger.address), definitions)
})
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp()
})

/** Impatient, so that tests are short; a try may take as long as a busy machine needs. */
const patience = { attemptTimeoutMs: 4_000, deadlineMs: 40_000, pauseMsMin: 10, pauseMsMax: 50 }

async function clientBehindProxy(
  options: Partial<LedgerClientOptions> = {},
): Promise<{ readonly client: LedgerClient; readonly proxy: FaultProxy }> {
  const proxy = await startFaultProxy(ledger.address)
  const client = openLedgerClient({ url: proxy.url, key: adminKey, patience, ...options })
  return { client, proxy }
}

const optIn = (address = newPhone()): NewSignal => ({
  type: 'subscription.opt-in',
  source: 'urn:acme:crm',
  data: { address, scope: { group: 'offers' }, actor: 'system', method: 'api' },
})

const idsIn = (body: string): readonly unknown[] =>
  (JSON.parse(body) as readonly { readonly id: unknown }[]).map(({ id }) => id)

describe('a signal whose connection breaks', () => {
  test.each(['lose-request', 'lose-answer', 'cut-answer', 'hang', 'page'] as const)(
    '(%s) is sent again under the id it was given before the first try',
    async (fault) => {
      const { client, proxy } = await clientBehindProxy()
      proxy.plan(fault)
      const address = newPhone()
      const result = await client.send(optIn(address))
      expect(proxy.seen).toHaveLength(2)
      const [first, second] = proxy.seen.map(idsIn)
      expect(first).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
      expect(second).toEqual(first)
      const wasHandled = fault === 'lose-answer' || fault === 'cut-answer' || fault === 'hang'
      expect(result.outcome).toBe(wasHandled ? 'duplicate' : 'recorded')
      // Whichever try was the one, one event stands, and the position given is where.
      const position = result.position ?? ''
      const { results } = await client.permissions({
        ...{ group: 'offers', addresses: [address], atLeast: position },
      })
      expect(results).toMatchObject([{ permitted: true, decisiveEventId: result.eventId }])
      const found = await client.lookup({ address })
      const entries = await Array.fromAsync(client.history(found?.subject ?? ''))
      const events = entries.filter(({ kind }) => kind === 'event')
      expect(events).toMatchObject([{ eventId: result.eventId, position }])
    },
  )

  test('again and again is recorded once', async () => {
    const { client, proxy } = await clientBehindProxy()
    const faults: ProxyFault[] = ['lose-answer', 'lose-request', 'cut-answer', 'lose-answer']
    proxy.plan(...faults)
    const signal = identified(optIn())
    const [result] = await client.sendAll([signal])
    expect(proxy.seen).toHaveLength(5)
    const again = await client.send(signal)
    expect(again).toEqual(result)
    expect(again.outcome).toBe('duplicate')
  })
})

describe('a ledger that is busy', () => {
  test('is asked again when it says, not before', async () => {
    const { client, proxy } = await clientBehindProxy()
    proxy.plan('busy')
    expect((await client.send(optIn())).outcome).toBe('recorded')
    const [first = 0, second = 0] = proxy.times
    expect(second - first).toBeGreaterThanOrEqual(990)
  })

  test('for longer than the deadline is said to be, with all that was not answered', async () => {
    const { client, proxy } = await clientBehindProxy({
      patience: { ...patience, deadlineMs: 5_000 },
    })
    proxy.plan('none', ...Array.from({ length: 10 }, () => 'busy' as const))
    const signals = Array.from({ length: 1_001 }, () => optIn())
    const failure = await client.sendAll(signals).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SendFailed)
    const { sent, unsent, cause } = failure as SendFailed
    expect(sent).toHaveLength(1_000)
    expect(unsent).toHaveLength(1)
    expect(cause).toBeInstanceOf(LedgerProblem)
    expect((cause as LedgerProblem).code).toBe('overloaded')
    // What is left has its id, and can be sent by whoever picks it up.
    proxy.plan()
    expect(await client.sendAll(unsent)).toMatchObject([{ outcome: 'recorded' }])
  })
})

describe('a client that is refused', () => {
  test('learns why by the code, at once', async () => {
    const { client, proxy } = await clientBehindProxy({ key: 'nobody' })
    const failure = await client.send(optIn()).catch((error: unknown) => error)
    expect((failure as SendFailed).cause).toMatchObject({ code: 'no-key', status: 401 })
    expect(proxy.seen).toHaveLength(1)
    const question = { group: 'offers', addresses: [newPhone()], atLeast: 'nowhere' }
    const wrong = openLedgerClient({ url: proxy.url, key: adminKey }).permissions(question)
    await expect(wrong).rejects.toMatchObject({ code: 'invalid-request', field: 'atLeast' })
  })

  test('learns of a ledger that is away when its deadline has passed', async () => {
    const client = openLedgerClient({
      url: 'http://127.0.0.1:1',
      key: adminKey,
      patience: { ...patience, deadlineMs: 300 },
    })
    const startedAt = performance.now()
    await expect(
      client.permissions({ group: 'offers', addresses: [newPhone()] }),
    ).rejects.toBeInstanceOf(LedgerUnreachable)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  test('of one signal gets the others’ results in their places', async () => {
    const { client } = await clientBehindProxy()
    const bad = { ...optIn(), data: { ...optIn().data, address: { kind: 'phone', value: '1' } } }
    const results = await client.sendAll([optIn(), bad as NewSignal, optIn()])
    expect(results).toMatchObject([
      { outcome: 'recorded' },
      { outcome: 'invalid', problem: { code: 'invalid-address' } },
      { outcome: 'recorded' },
    ])
  })
})

describe('many signals', () => {
  test('go a thousand at a time, and their results come in their order', async () => {
    const { client, proxy } = await clientBehindProxy()
    proxy.plan('none', 'lose-answer')
    const signals = Array.from({ length: 2_100 }, (_, nth) => ({ ...optIn(), id: `bulk-${nth}` }))
    const results = await client.sendAll(signals)
    expect(results.map(({ id }) => id)).toEqual(signals.map(({ id }) => id))
    expect(proxy.seen.map((body) => idsIn(body).length)).toEqual([1_000, 1_000, 1_000, 100])
    const outcomes = results.map(({ outcome }) => outcome)
    expect(new Set(outcomes.slice(0, 1_000))).toEqual(new Set(['recorded']))
    expect(new Set(outcomes.slice(1_000, 2_000))).toEqual(new Set(['duplicate']))
  })

  test('with long evidence are split where the door would find them too large', async () => {
    const { client, proxy } = await clientBehindProxy({ patience })
    const text = 'é'.repeat(500_000)
    const signals = Array.from({ length: 9 }, () => {
      const signal = optIn()
      return { ...signal, data: { ...signal.data, evidence: { text } } } as NewSignal
    })
    const results = await client.sendAll(signals)
    expect(proxy.seen.map((body) => idsIn(body).length)).toEqual([7, 2])
    expect(results).toHaveLength(9)
  })

  test('none are sent by no request', async () => {
    const { client, proxy } = await clientBehindProxy()
    expect(await client.sendAll([])).toEqual([])
    expect(proxy.seen).toEqual([])
  })
})

describe('a batcher', () => {
  test('sends together what comes within its wait, and at once what fills it', async () => {
    const { client, proxy } = await clientBehindProxy()
    const batcher = client.batcher({ countMax: 10, waitMsMax: 50 })
    const results = await Promise.all(Array.from({ length: 25 }, () => batcher.add(optIn())))
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['recorded']))
    expect(proxy.seen.map((body) => idsIn(body).length)).toEqual([10, 10, 5])
  })

  test('keeps the order of what is said of one person, whatever breaks', async () => {
    const { client, proxy } = await clientBehindProxy()
    const batcher = client.batcher({ countMax: 2, waitMsMax: 5 })
    proxy.plan('lose-request', 'lose-answer')
    const signals = Array.from({ length: 6 }, (_, nth) => ({ ...optIn(), id: `turn-${nth}` }))
    await Promise.all(signals.map(batcher.add))
    const arrived = proxy.seen.flatMap(idsIn)
    expect([...new Set(arrived)]).toEqual(signals.map(({ id }) => id))
  })

  test('flushes what waits without waiting longer', async () => {
    const { client } = await clientBehindProxy()
    const batcher = client.batcher({ waitMsMax: 60_000 })
    const added = batcher.add(optIn())
    await batcher.flush()
    expect((await added).outcome).toBe('recorded')
  })

  test('gives each that failed back with its id, and goes on with the next', async () => {
    const { client, proxy } = await clientBehindProxy({
      patience: { ...patience, deadlineMs: 900 },
    })
    const batcher = client.batcher({ countMax: 2 })
    proxy.plan('busy')
    const failed = await Promise.allSettled([batcher.add(optIn()), batcher.add(optIn())])
    const unsent = failed.flatMap((each) =>
      each.status === 'rejected' ? (each.reason as SendFailed).unsent : [],
    )
    expect(unsent.map(({ id }) => id)).toEqual(idsIn(proxy.seen[0] ?? '[]'))
    const patient = openLedgerClient({ url: proxy.url, key: adminKey })
    const recorded = { outcome: 'recorded' }
    expect(await patient.sendAll(unsent)).toMatchObject([recorded, recorded])
  })

  test('refuses more than it may hold', async () => {
    const { client } = await clientBehindProxy()
    const batcher = client.batcher({ pendingMax: 3, waitMsMax: 60_000 })
    const added = Array.from({ length: 3 }, () => batcher.add(optIn()))
    await expect(batcher.add(optIn())).rejects.toBeInstanceOf(BatcherFull)
    await batcher.flush()
    expect(await Promise.all(added)).toHaveLength(3)
  })
})
