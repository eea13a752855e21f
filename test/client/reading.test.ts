import type { Change, LedgerClient, NewSignal } from '@ledger/client'
import { LedgerProblem, openLedgerClient } from '@ledger/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { newPhone } from '../support/signals.ts'
import type { StandaloneProcess } from '../support/start-standalone.ts'
import { adminKey, startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

let ledger: StandaloneProcess
let client: LedgerClient
const cleanUps: (() => Promise<void> | void)[] = []
const people = Array.from({ length: 1_200 }, newPhone)
let position = ''

const about = (
  address: { kind: string; value: string },
  type: 'opt-in' | 'opt-out',
): NewSignal => ({
  type: `subscription.${type}`,
  source: 'urn:acme:crm',
  data: { address, scope: { group: 'offers' }, actor: 'system', method: 'api' },
})

beforeAll(async () => {
  const folder = makeTempFolder()
  cleanUps.push(folder.remove)
  ledger = await startStandalone(folder.path, {}, (cleanUp) => void cleanUps.push(cleanUp))
  await putGroups(httpClient(ledger.address), definitions)
  client = openLedgerClient({ url: `${ledger.address}/`, key: adminKey })
  const results = await client.sendAll(people.map((address) => about(address, 'opt-in')))
  position = results.at(-1)?.position ?? ''
})
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp()
})

describe('questions about a group', () => {
  test('for any number of addresses are answered in their order', async () => {
    const addresses = [...people, newPhone(), ...people.slice(0, 3)]
    const { results, freshness } = await client.permissions({
      ...{ group: 'offers', addresses, atLeast: position },
    })
    expect(results.map(({ address }) => address)).toEqual(addresses)
    const denied = results.flatMap(({ permitted }, nth) => (permitted ? [] : [nth]))
    expect(denied).toEqual([people.length])
    expect(freshness.withinWindow).toBe(true)
    const states = await client.states({ group: 'offers', addresses: addresses.slice(0, 2) })
    expect(states.results).toMatchObject([{ state: 'subscribed' }, { state: 'subscribed' }])
  })

  test('about no address are a mistake of the caller', async () => {
    await expect(client.permissions({ group: 'offers', addresses: [] })).rejects.toThrow(RangeError)
  })

  test('wait for a position, and say so when it does not come in time', async () => {
    const [log = '', number = ''] = position.split('-')
    const future = `${log}-${String(Number(number) + 1_000_000).padStart(16, '0')}`
    const hasty = openLedgerClient({
      url: ledger.address,
      key: adminKey,
      patience: { deadlineMs: 7_000 },
    })
    const [person = newPhone()] = people
    const late = hasty.permissions({ group: 'offers', addresses: [person], atLeast: future })
    const failure = await late.catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(LedgerProblem)
    expect((failure as LedgerProblem).code).toBe('not-yet-visible')
  })

  test('ask again when a position was not yet visible', async () => {
    const proxy = await startFaultProxy(ledger.address)
    proxy.plan('busy', 'cut-answer')
    const behind = openLedgerClient({ url: proxy.url, key: adminKey })
    const address = newPhone()
    const sent = await client.send(about(address, 'opt-out'))
    const { results } = await behind.states({
      ...{ group: 'offers', addresses: [address], atLeast: sent.position ?? '' },
    })
    expect(results).toMatchObject([{ state: 'unsubscribed' }])
    expect(proxy.seen).toHaveLength(3)
  })
})

describe('lists', () => {
  test('of members go on to the last one', async () => {
    const subjects = new Set<string>()
    for await (const { subject, state, masked } of client.members('offers')) {
      expect([state, masked?.includes('***')]).toEqual(['subscribed', true])
      subjects.add(subject)
    }
    expect(subjects.size).toBe(people.length)
    expect(await Array.fromAsync(client.members('offers', 'pending'))).toEqual([])
    await expect(Array.fromAsync(client.members('nowhere'))).rejects.toMatchObject({
      code: 'unknown-group',
    })
  })

  test('of a history tell what was tried too', async () => {
    const address = newPhone()
    const signal = { ...about(address, 'opt-in'), id: 'told-twice' }
    const { position: atLeast = '' } = await client.send(signal)
    await client.send(signal)
    const found = await client.lookup({ address, atLeast })
    expect(found?.groups.find(({ group }) => group === 'offers')?.state).toBe('subscribed')
    const entries = await Array.fromAsync(client.history(found?.subject ?? ''))
    expect(entries.map(({ kind, counts }) => [kind, counts])).toEqual([
      ['event', true],
      ['attempt', false],
    ])
    expect(await client.lookup({ externalId: 'nobody-of-this-name' })).toBe(null)
  })
})

describe('the feed of changes', () => {
  test('is read from any cursor on, over broken connections, each change once', async () => {
    const proxy = await startFaultProxy(ledger.address)
    const behind = openLedgerClient({ url: proxy.url, key: adminKey })
    const first: Change[] = []
    for await (const change of behind.changes({ untilNow: true })) {
      first.push(change)
      if (first.length === 500) break
    }
    proxy.plan('cut-answer', 'lose-request')
    const after = first.at(-1)?.cursor ?? null
    const rest = await Array.fromAsync(behind.changes({ after, untilNow: true }))
    const all = await Array.fromAsync(client.changes({ untilNow: true }))
    expect([...first, ...rest]).toEqual(all.slice(0, first.length + rest.length))
    expect(new Set(all.map(({ cursor }) => cursor)).size).toBe(all.length)
    expect(all.length).toBeGreaterThanOrEqual(people.length)
  })

  test('waits for the next change, until it is told to stop', async () => {
    const stop = new AbortController()
    const seen = await Array.fromAsync(client.changes({ untilNow: true }))
    const after = seen.at(-1)?.cursor ?? null
    const feed = client.changes({ after, pollMs: 20, signal: stop.signal })
    const next = feed.next()
    const address = newPhone()
    await client.send(about(address, 'opt-out'))
    const { value } = await next
    expect(value).toMatchObject({ group: 'offers', state: 'unsubscribed' })
    const waiting = feed.next()
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})
