import type { GroupId } from '@ledger/domain'
import { groupsStream, policiesStream } from '@ledger/domain'
import type { ParkedPlace } from '@ledger/read-models'
import { queryPermissions, queryStates } from '@ledger/read-models'
import { describe, expect, test } from 'vitest'
import { differencesFromReplay } from '../support/differences-from-replay.ts'
import { dumpReadModel } from '../support/dump-read-model.ts'
import { appendGarbage } from '../support/garbage.ts'
import { defineGroups, definitionOf } from '../support/groups.ts'
import {
  appendAsNewer,
  corrected,
  linkedWith,
  optedOut,
  streamOf,
  upgradable,
} from '../support/newer-version.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import { acts, newPhone } from '../support/signals.ts'

const offers = 'offers' as GroupId

async function open() {
  const ledger = await openTestLedger()
  await defineGroups(ledger.ledger.groups)
  const { reader, upgrade } = upgradable(ledger.store)
  const wrap = () => ({ reader })
  const live = await openTestReadModel(ledger, { wrap })
  const retry = async (parked: ParkedPlace) => {
    for (;;) {
      const { retried } = await live.projector.step(parked)
      if (retried !== null) return retried
    }
  }
  const rebuild = async () => {
    const rebuilt = await openTestReadModel(ledger, { wrap, name: 'rebuilt', pageSizeMax: 3 })
    await rebuilt.catchUp()
    return rebuilt
  }
  const queries = { ...live.queries, reader }
  return { ...ledger, ...live, queries, reader, upgrade, retry, rebuild }
}
type Opened = Awaited<ReturnType<typeof open>>
type Key = { readonly kind: string; readonly value: string }

/** The answer about an address by the read model and, by folding, by the log itself. */
async function answersOf(at: Opened, address: Key) {
  const asked = { group: offers, addresses: [address] }
  const ways = [asked, { ...asked, consistency: 'strong' }] as const
  return Promise.all(
    ways.map(async (query) => {
      const state = (await queryStates(at.queries, query)).results[0]?.answer?.state
      const reason = (await queryPermissions(at.queries, query)).results[0]?.reason
      return { state, reason }
    }),
  )
}
const bothWays = (state: string, reason: string) => [
  { state, reason },
  { state, reason },
]

/** What a retry and a rebuild must agree on: the feed and the days tell the way there. */
function settledTables(path: string) {
  const { subjects, members, groups, progress, counts = [] } = dumpReadModel(path)
  const sizes = new Map<string, number>()
  for (const row of counts) {
    const cell = (name: string) => new RegExp(`${name}=(\\S+)`).exec(row)?.[1] ?? ''
    const key = `${cell('group_id')} ${cell('state')}`
    const flow = Number(cell('entered')) - Number(cell('left_state'))
    sizes.set(key, (sizes.get(key) ?? 0) + flow)
  }
  const now = [...sizes].filter(([, size]) => size !== 0).sort()
  // Once made, the row that stands for the catalogue stays; without a parked event it says nothing.
  const people = subjects?.filter((row) => !/^subject=0{32} .* parked= /.test(row))
  return { subjects: people, members, groups, progress, sizes: now }
}

async function expectSameAsRebuilt(at: Opened): Promise<void> {
  const rebuilt = await at.rebuild()
  expect(settledTables(at.path)).toEqual(settledTables(rebuilt.path))
  expect(await differencesFromReplay(at.readModel, at.reader)).toEqual([])
}

describe('a parked event that is tried again', () => {
  test('by a program that cannot read it either stays parked, and says why', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    const stream = await streamOf(at, ada)
    for (const kind of ['unknown-type', 'unknown-version', 'malformed'] as const) {
      const { position } = await appendGarbage(at, stream, kind)
      await at.catchUp()
      const before = dumpReadModel(at.path)
      expect(await at.retry({ stream, position })).toBe(kind)
      expect(dumpReadModel(at.path)).toEqual(before)
    }
    expect(await answersOf(at, ada)).toEqual(bothWays('subscribed', 'held'))
  })

  test('by one that can is applied, ends its hold and is told by the feed', async () => {
    const at = await open()
    const [ada, bob] = [newPhone(), newPhone()]
    await at.record(acts.apiOptIn(ada, 'offers'))
    const stream = await streamOf(at, ada)
    const { id, position } = await appendAsNewer(at, stream, 'OptedOut', optedOut('offers'))
    await at.record(acts.apiOptIn(bob, 'offers'))
    await at.catchUp()
    expect(await answersOf(at, ada)).toEqual(bothWays('subscribed', 'held'))
    const told = await at.readModel.changes(null, 100)

    at.upgrade()
    expect(await at.retry({ stream, position })).toBe('applied')
    expect(await answersOf(at, ada)).toEqual(bothWays('unsubscribed', 'unsubscribed'))
    expect((await at.readModel.checkpoint()).parked).toBe(0)
    const changes = await at.readModel.changes(null, 100)
    expect(changes.slice(0, told.length)).toEqual(told)
    // Held in every group, she is let go in each: in one she had opted out meanwhile.
    const news = changes.slice(told.length)
    expect(new Set(news.map(({ held }) => held))).toEqual(new Set([false]))
    expect(news.find(({ group }) => group === offers)).toMatchObject({
      previousState: 'subscribed',
      state: 'unsubscribed',
      decisiveEventId: id,
    })
    await expectSameAsRebuilt(at)
  })

  test('a second time changes nothing', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    const stream = await streamOf(at, ada)
    const { position } = await appendAsNewer(at, stream, 'OptedOut', optedOut('offers'))
    await at.catchUp()
    at.upgrade()
    await at.retry({ stream, position })
    const before = dumpReadModel(at.path)
    expect(await at.retry({ stream, position })).toBe('applied')
    expect(dumpReadModel(at.path)).toEqual(before)
  })

  test('leaves the hold of another parked event of the same subject in place', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    const stream = await streamOf(at, ada)
    const { position } = await appendAsNewer(at, stream, 'OptedOut', optedOut('offers'))
    const other = await appendGarbage(at, stream, 'malformed')
    await at.catchUp()
    at.upgrade()
    expect(await at.retry({ stream, position })).toBe('applied')
    expect(await at.readModel.checkpoint()).toMatchObject({ parked: 1 })
    const [row] = (await at.readModel.snapshot([await at.subjectOf(ada)])).rows.values()
    expect(row?.parked).toEqual([other.position])
    await expectSameAsRebuilt(at)
  })

  test('may be a link: who is at its other end is answered with it', async () => {
    const at = await open()
    const [ada, other] = [newPhone(), newPhone()]
    await at.record(acts.stop(ada))
    await at.record(acts.apiOptIn(other, 'offers'))
    const [first, second] = [await at.subjectOf(ada), await at.subjectOf(other)]
    const streams = [await streamOf(at, ada), await streamOf(at, other)] as const
    const there = await appendAsNewer(
      ...([at, streams[0], 'AddressLinked', linkedWith(second, 'phone', 'phone')] as const),
    )
    const back = await appendAsNewer(
      ...([at, streams[1], 'AddressLinked', linkedWith(first, 'phone', 'phone')] as const),
    )
    await at.catchUp()
    at.upgrade()
    expect(await at.retry({ stream: streams[0], position: there.position })).toBe('applied')
    expect(await at.retry({ stream: streams[1], position: back.position })).toBe('applied')
    expect(await answersOf(at, other)).toEqual(bothWays('unsubscribed', 'unsubscribed'))
    await expectSameAsRebuilt(at)
  })

  test('may be a correction: what it takes out is out, whatever came behind it', async () => {
    const at = await open()
    const ada = newPhone()
    const { eventId = '' } = await at.record(acts.apiOptIn(ada, 'offers'))
    const stream = await streamOf(at, ada)
    const { position } = await appendAsNewer(at, stream, 'Corrected', corrected([eventId]))
    await at.record(acts.apiOptIn(ada, 'sale'))
    await at.catchUp()
    at.upgrade()
    expect(await at.retry({ stream, position })).toBe('applied')
    expect(await answersOf(at, ada)).toEqual(bothWays('never', 'never'))
    await expectSameAsRebuilt(at)
  })

  test('is applied behind what was recorded meanwhile, in the same step', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    const stream = await streamOf(at, ada)
    const { position } = await appendAsNewer(at, stream, 'OptedOut', optedOut('offers'))
    await at.catchUp()
    at.upgrade()
    at.clock.advance(1_000_000)
    await at.record(acts.webOptIn(ada, 'offers'))
    expect(await at.retry({ stream, position })).toBe('applied')
    expect(await answersOf(at, ada)).toEqual(bothWays('subscribed', 'subscribed'))
    await expectSameAsRebuilt(at)
  })

  test('that a rebuild has applied already has nothing left to do', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    const stream = await streamOf(at, ada)
    const { position } = await appendAsNewer(at, stream, 'OptedOut', optedOut('offers'))
    await at.catchUp()
    at.upgrade()
    const { projector, readModel, path } = await at.rebuild()
    const before = dumpReadModel(path)
    expect((await projector.step({ stream, position })).retried).toBe('applied')
    expect((await readModel.checkpoint()).parked).toBe(0)
    expect(dumpReadModel(path)).toEqual(before)
  })
})

describe('a parked event that is about no subject', () => {
  test('of the groups asks for a rebuild, because groups are what their last event says', async () => {
    const at = await open()
    const define = () => ({ group: 'late', definition: definitionOf('late') })
    const { position } = await appendAsNewer(at, groupsStream, 'GroupDefined', define)
    await at.catchUp()
    expect((await at.readModel.checkpoint()).parked).toBe(1)
    at.upgrade()
    const place = { stream: groupsStream, position }
    expect(await at.retry(place)).toBe('needs-rebuild')
    const rebuilt = await at.rebuild()
    expect((await rebuilt.readModel.snapshot([])).groups.has('late' as GroupId)).toBe(true)
    expect((await rebuilt.projector.step(place)).retried).toBe('applied')
  })

  test('of a policy or a text is let go, because no state rests on it', async () => {
    const at = await open()
    const [stored] = await at.store.readStream(policiesStream)
    const { position } = await appendAsNewer(
      ...([at, policiesStream, 'PolicyAdopted', () => stored?.data as object] as const),
    )
    await at.catchUp()
    at.upgrade()
    expect(await at.retry({ stream: policiesStream, position })).toBe('applied')
    await expectSameAsRebuilt(at)
  })

  test('a group’s event in the stream of a subject stays where it is', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    const stream = await streamOf(at, ada)
    const define = () => ({ group: 'smuggled', definition: definitionOf('smuggled') })
    const { position } = await appendAsNewer(at, stream, 'GroupDefined', define)
    await at.catchUp()
    at.upgrade()
    expect(await at.retry({ stream, position })).toBe('misplaced')
    expect(await answersOf(at, ada)).toEqual(bothWays('subscribed', 'held'))
  })
})
