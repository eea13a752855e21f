import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEventStream } from '../support/event-stream.ts'
import { findInFiles } from '../support/find-in-files.ts'
import type { HttpClient, SignalAnswer } from '../support/http-client.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import type { StandaloneProcess } from '../support/start-standalone.ts'
import { startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder } from '../support/temp-folder.ts'
import { canaries, day, groups, lateForms, people } from './one-day.ts'

type Key = { readonly kind: string; readonly value: string }
type Fields = Readonly<Record<string, unknown>>
type ListOf<Item> = { readonly items: readonly Item[]; readonly cursor: string }

const folder = makeTempFolder()
const cleanUps: (() => Promise<void>)[] = []
let ledger: StandaloneProcess
let client: HttpClient
const answers = new Map<string, SignalAnswer>()
/** Where the day ends in the log; whoever asks after the day waits for it. */
let atLeast = ''

const sendForms = () => client.ask('POST', '/sources/in-person/store-22', lateForms, 'text/csv')

beforeAll(async () => {
  ledger = await startStandalone(folder.path, {}, (cleanUp) => void cleanUps.push(cleanUp))
  client = httpClient(ledger.address)
  await putGroups(client, groups)
  for (const [name, event] of Object.entries(day)) {
    const [answer] = await client.post([event])
    if (answer !== undefined) answers.set(name, answer)
  }
  const forms = (await sendForms()).json as { readonly results: readonly SignalAnswer[] }
  for (const answer of forms.results) answers.set(answer.id, answer)
  atLeast =
    [...answers.values()]
      .map(({ position }) => position ?? '')
      .sort()
      .at(-1) ?? ''
})

afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp()
  folder.remove()
})

/** What the first of the results says, and how fresh it is. */
async function askFirst(path: string, body: object) {
  const { status, json } = await client.ask('POST', path, { atLeast, ...body })
  const answer = json as { readonly results: readonly Fields[]; readonly freshness: Fields }
  return { status, result: answer.results[0], freshness: answer.freshness }
}

const stateOf = async (address: Key, group: string) =>
  (await askFirst('/v1/state', { group, addresses: [address] })).result

const permissionOf = async (address: Key, group: string) =>
  (await askFirst('/v1/permissions', { group, addresses: [address] })).result

async function historyOf(address: Key): Promise<readonly Fields[]> {
  const looked = await client.ask('POST', '/v1/subjects/lookup', { address, atLeast })
  const { subject } = looked.json as { readonly subject: string }
  const { json } = await client.ask('GET', `/v1/subjects/${subject}/history`)
  return (json as ListOf<Fields>).items
}

describe('what was said', () => {
  test('each signal is answered with what became of it', () => {
    const outcomes = Object.fromEntries([...answers].map(([name, { outcome }]) => [name, outcome]))
    expect(outcomes).toEqual({
      ...Object.fromEntries(Object.keys(day).map((name) => [name, 'recorded'])),
      fayUnproven: 'quarantined',
      'form-ben': 'recorded',
      'form-dora': 'recorded',
      'form-broken': 'invalid',
    })
    expect(answers.get('fayUnproven')?.problem?.code).toBe('evidence-missing')
    expect(answers.get('form-broken')).toMatchObject({ row: 3 })
  })

  test('a retry of all of it is a duplicate of all of it, at the same places', async () => {
    // The last of what was recorded must be visible before the feed can be said to stand still.
    const last = [...answers.values()]
      .flatMap(({ position }) => position ?? [])
      .sort()
      .at(-1)
    const addresses = [{ kind: 'phone', value: '+12025550100' }]
    await client.ask('POST', '/v1/state', { group: 'offers', addresses, atLeast: last })
    const before = await client.ask('GET', '/v1/changes?limit=1000')
    const repeated = await client.post(Object.values(day))
    const places = Object.keys(day).map((name) => answers.get(name)?.position)
    expect(repeated.map(({ outcome }) => outcome)).toEqual(places.map(() => 'duplicate'))
    expect(repeated.map(({ position }) => position)).toEqual(places)
    const forms = (await sendForms()).json as { readonly results: readonly SignalAnswer[] }
    const outcomes = forms.results.map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['duplicate', 'duplicate', 'invalid'])
    const after = await client.ask('GET', '/v1/changes?limit=1000')
    expect((after.json as ListOf<Fields>).items).toEqual((before.json as ListOf<Fields>).items)
  })
})

describe('what is so now', () => {
  test('a STOP and a later START: subscribed again where the START granted, nowhere else', async () => {
    expect(await stateOf(people.ada, 'offers')).toMatchObject({
      ...{ state: 'subscribed', ruleId: 'P9', authority: 'person', held: false },
      decisiveEventId: answers.get('adaStarts')?.eventId,
    })
    expect(await stateOf(people.ada, 'sale')).toMatchObject({ state: 'never' })
  })

  test('a form from before a STOP that arrives after it changes nothing', async () => {
    expect(await stateOf(people.ben, 'offers')).toMatchObject({
      state: 'unsubscribed',
      decisiveEventId: answers.get('benStops')?.eventId,
    })
  })

  test('a form from after a STOP, by more than its clock may be off, counts', async () => {
    expect(await stateOf(people.dora, 'offers')).toMatchObject({
      state: 'subscribed',
      decisiveEventId: answers.get('form-dora')?.eventId,
    })
  })

  test('permissions say why, one by one and in the order asked', async () => {
    const { results } = (
      await client.ask('POST', '/v1/permissions', {
        ...{ group: 'offers', atLeast },
        addresses: [people.ada, people.ben, people.fay, people.dora, { kind: 'phone', value: '7' }],
      })
    ).json as { readonly results: readonly Fields[] }
    expect(results.map(({ permitted, reason }) => [permitted, reason])).toEqual([
      [true, 'subscribed'],
      [false, 'unsubscribed'],
      [false, 'never'],
      [true, 'subscribed'],
      [false, 'invalid-address'],
    ])
    expect(await permissionOf(people.ada, 'receipts')).toMatchObject({ reason: 'transactional' })
    expect(await permissionOf(people.cleo, 'wa-offers')).toMatchObject({ reason: 'unsubscribed' })
    expect(await permissionOf(people.ada, 'nowhere')).toMatchObject({ reason: 'unknown-group' })
  })

  test('an address and its external id are one person', async () => {
    const { json } = await client.ask('POST', '/v1/subjects/lookup', {
      externalId: 'customer-canary-eve',
      atLeast,
    })
    const looked = json as { readonly links: readonly Fields[]; readonly groups: readonly Fields[] }
    expect(looked.links).toMatchObject([
      { relation: 'owner', kind: 'email', masked: 'E***@Example.org' },
    ])
    expect(looked.groups.find(({ group }) => group === 'news')).toMatchObject({
      state: 'subscribed',
    })
  })

  test('every answer says how old it is, and is within its window', async () => {
    const asked = { group: 'offers', addresses: [people.ada] }
    const lookup = await client.ask('POST', '/v1/subjects/lookup', { address: people.ada })
    const feed = await client.ask('GET', '/v1/changes')
    const told = [
      (await askFirst('/v1/state', asked)).freshness,
      (await askFirst('/v1/state', { ...asked, consistency: 'strong' })).freshness,
      (await askFirst('/v1/permissions', asked)).freshness,
      (lookup.json as { readonly freshness: Fields }).freshness,
      (feed.json as { readonly freshness: Fields }).freshness,
    ]
    for (const freshness of told) {
      expect(freshness).toMatchObject({ windowMs: 60_000, withinWindow: true, parked: 0 })
      expect(freshness['lagMs']).toBeLessThan(5_000)
      expect(Date.parse(String(freshness['asOf']))).toBeGreaterThan(Date.now() - 10_000)
      expect(String(freshness['position']) >= atLeast).toBe(true)
    }
  })
})

describe('what was so, and why', () => {
  test('as of an instant between STOP and START the state is what it was then', async () => {
    const stop = Date.parse(String(day['adaStops']?.data['claimedAt']))
    const at = new Date(stop + 3_600_000).toISOString()
    const asked = { group: 'offers', addresses: [people.ada] }
    expect((await askFirst('/v1/state', { ...asked, at })).result).toMatchObject({
      state: 'unsubscribed',
    })
    const knownAt = answers.get('adaJoins')?.position
    expect((await askFirst('/v1/state', { ...asked, knownAt })).result).toMatchObject({
      state: 'subscribed',
    })
  })

  test('a history tells every event and every attempt, each with why it counts or not', async () => {
    const items = await historyOf(people.ben)
    const events = items.filter(({ kind }) => kind === 'event')
    expect(events).toMatchObject([
      { type: 'OptedIn', counts: false, because: answers.get('benStops')?.eventId },
      { type: 'OptedOut', counts: true, why: 'It stands.', ruleId: 'P12' },
      { type: 'OptedIn', counts: false, method: 'paper-form', why: 'A later opt-out stands.' },
    ])
    const attempts = items.filter(({ kind }) => kind === 'attempt')
    expect(attempts).toMatchObject(Array(3).fill({ type: 'duplicate', counts: false }))
    for (const { why } of items) expect(why).toMatch(/^[A-Z].+\.$/)
  })

  test('what was quarantined is there as well', async () => {
    expect(await historyOf(people.fay)).toMatchObject([
      { type: 'OptInQuarantined', counts: false, ruleId: 'P24' },
      { kind: 'attempt' },
    ])
  })
})

describe('the feed of changes', () => {
  const readAll = async (limit: number): Promise<readonly Fields[]> => {
    const all: Fields[] = []
    for (let cursor = ''; ;) {
      const after = cursor === '' ? '' : `&after=${encodeURIComponent(cursor)}`
      const { json } = await client.ask('GET', `/v1/changes?limit=${limit}${after}`)
      const page = json as ListOf<Fields>
      if (page.items.length === 0) return all
      all.push(...page.items)
      cursor = page.cursor
    }
  }

  test('is the same in pages of any size, and ordered', async () => {
    const all = await readAll(1_000)
    expect(await readAll(1)).toEqual(all)
    expect(await readAll(3)).toEqual(all)
    const cursors = all.map(({ cursor }) => String(cursor))
    expect(cursors.toSorted()).toEqual(cursors)
    expect(new Set(cursors).size).toBe(cursors.length)
    expect(all.length).toBeGreaterThan(10)
  })

  test('is the same as a stream, also for who hangs up and comes back', async () => {
    const all = await readAll(1_000)
    const { address } = ledger
    const first = await readEventStream(address, { count: 4 })
    const lastEventId = first.at(-1)?.id ?? ''
    const rest = await readEventStream(address, { lastEventId, count: all.length - 4 })
    expect([...first, ...rest].map(({ data }) => data)).toEqual(all)
    expect([...first, ...rest].map(({ id }) => id)).toEqual(all.map(({ cursor }) => cursor))
  })

  test('tells who follows it of a change that comes later', async () => {
    const last = (await readAll(1_000)).at(-1)
    const following = readEventStream(ledger.address, { after: String(last?.['cursor']), count: 1 })
    const { ada } = people
    const again = { ...day['adaStops'], id: 'sms-ada-stop-again' } as (typeof day)[string]
    const [answer] = await client.post([
      { ...again, data: { ...again.data, claimedAt: undefined } },
    ])
    expect(await following).toMatchObject([
      { data: { group: 'offers', previousState: 'subscribed', state: 'unsubscribed' } },
    ])
    atLeast = answer?.position ?? atLeast
    expect(await permissionOf(ada, 'offers')).toMatchObject({ permitted: false })
  })
})

describe('when the day is over', () => {
  test('the ledger stops cleanly, and neither its files nor what it printed name anybody', async () => {
    ledger.send('SIGTERM')
    expect(await ledger.ended).toEqual({ code: 0, signal: null })
    const { stdout, stderr } = ledger.said()
    const printed = `${stdout.replace(/curl.*/g, '')}${stderr}`
    expect(canaries.filter((canary) => printed.includes(canary))).toEqual([])
    expect(findInFiles(folder.path, canaries)).toEqual([])
  })
})
