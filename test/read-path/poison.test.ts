import { randomUUID } from 'node:crypto'
import type { EventId, GroupId } from '@ledger/domain'
import { groupsStream, subjectStream } from '@ledger/domain'
import { Outage } from '@ledger/ledger'
import { lookUp, queryPermissions, queryStates } from '@ledger/read-models'
import { describe, expect, test } from 'vitest'
import { differencesFromReplay } from '../support/differences-from-replay.ts'
import { dumpReadModel } from '../support/dump-read-model.ts'
import { fault } from '../support/faults.ts'
import type { Garbage } from '../support/garbage.ts'
import { appendGarbage, garbage } from '../support/garbage.ts'
import { defineGroup, defineGroups, definitionOf } from '../support/groups.ts'
import type { Stores, TestLedger } from '../support/open-test-ledger.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import type { TestReadModel } from '../support/open-test-read-model.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import { acts, newPhone } from '../support/signals.ts'

type Key = { readonly kind: string; readonly value: string }
type Opened = TestLedger & TestReadModel

const offers = 'offers' as GroupId

async function open(): Promise<Opened> {
  const ledger = await openTestLedger()
  await defineGroups(ledger.ledger.groups)
  return { ...ledger, ...(await openTestReadModel(ledger, { pageSizeMax: 50 })) }
}

const spoil = async (at: Opened, address: Key, kind: Garbage = 'malformed') =>
  appendGarbage(at, subjectStream(await at.subjectOf(address)), kind)

/** Whether an address is held, and may be messaged, by every way of asking. */
async function everyWay(at: Opened, address: Key) {
  const asked = { group: offers, addresses: [address] }
  const ways = [asked, { ...asked, consistency: 'strong' }] as const
  const states = await Promise.all(ways.map((query) => queryStates(at.queries, query)))
  const allowed = await Promise.all(ways.map((query) => queryPermissions(at.queries, query)))
  const looked = await lookUp(at.queries, address, {})
  const group = looked?.groups.find((each) => each.group.id === offers)
  return {
    held: [...states.map(({ results }) => results[0]?.answer?.held), group?.answer.held],
    states: states.map(({ results }) => results[0]?.answer?.state),
    permitted: allowed.map(({ results }) => results[0]?.permitted),
    reasons: allowed.map(({ results }) => results[0]?.reason),
    parked: [...states, ...allowed].map(({ look }) => look.freshness.parked),
  }
}

describe('an event that cannot be applied', () => {
  test.each(Object.keys(garbage) as Garbage[])(
    '(%s) is tried three times, then parked where an operator finds it',
    async (kind) => {
      const at = await open()
      const ada = newPhone()
      await at.record(acts.apiOptIn(ada, 'offers'))
      const { id, position } = await spoil(at, ada, kind)
      const { parked } = await at.catchUp()
      expect(parked).toBe(1)
      const stream = subjectStream(await at.subjectOf(ada))
      const where = { position, stream, eventId: id, attempts: 3, reason: kind }
      expect(await at.desk.parked(10)).toMatchObject([where])
    },
  )

  test('holds its subject on every path, and nobody else', async () => {
    const at = await open()
    const [ada, bob] = [newPhone(), newPhone()]
    await at.record(acts.apiOptIn(ada, 'offers'))
    await at.record(acts.apiOptIn(bob, 'offers'))
    await spoil(at, ada)
    await at.catchUp()
    expect(await everyWay(at, ada)).toEqual({
      held: [true, true, true],
      states: ['subscribed', 'subscribed'],
      permitted: [false, false],
      reasons: ['held', 'held'],
      parked: [1, 1, 1, 1],
    })
    expect(await everyWay(at, bob)).toMatchObject({
      held: [false, false, false],
      permitted: [true, true],
    })
  })

  test('holds also against what is said later: it may have been an opt-out', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'sale'))
    await spoil(at, ada)
    await at.catchUp()
    at.clock.advance(1_000_000)
    await at.record(acts.webOptIn(ada, 'offers'))
    await at.catchUp()
    expect(await everyWay(at, ada)).toMatchObject({
      states: ['subscribed', 'subscribed'],
      permitted: [false, false],
    })
  })

  test('holds in groups that are defined later, and whoever is linked with its subject', async () => {
    const at = await open()
    const [ada, other] = [newPhone(), newPhone()]
    await at.record(acts.apiOptIn(ada, 'sale'))
    await spoil(at, ada)
    await at.catchUp()
    await defineGroup(at.ledger.groups, 'late')
    await at.record(acts.apiOptIn(other, 'offers'))
    await at.record(acts.link(other, { other: ada, relation: 'same-person' }))
    await at.catchUp()
    expect(await everyWay(at, other)).toMatchObject({ held: [true, true, true] })
    expect(await at.readModel.members('late' as GroupId, 'never', null, 10)).toHaveLength(2)
    expect(await differencesFromReplay(at.readModel, at.store)).toEqual([])
  })

  test('in the midst of a page does not cost its neighbours: each is applied once', async () => {
    const at = await open()
    const people = Array.from({ length: 9 }, newPhone)
    for (const [nth, person] of people.entries()) {
      await at.record(acts.apiOptIn(person, 'offers'))
      if (nth === 4) await spoil(at, person)
    }
    const { parked } = await at.catchUp()
    expect(parked).toBe(1)
    const changes = await at.readModel.changes(null, 100)
    const granted = changes.filter(({ state, held }) => state === 'subscribed' && !held)
    expect(granted).toHaveLength(9)
    const counts = await at.readModel.counts(offers, '2026-01-01', '2026-12-31')
    expect(counts).toMatchObject([{ state: 'subscribed', entered: 9, left: 0 }])
    expect(await differencesFromReplay(at.readModel, at.store)).toEqual([])
  })

  test('several of them, in one page and about one subject, are each parked', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    const kinds = Object.keys(garbage) as Garbage[]
    const places = []
    for (const kind of kinds) places.push((await spoil(at, ada, kind)).position)
    const { parked } = await at.catchUp()
    expect(parked).toBe(3)
    expect((await at.desk.parked(10)).map(({ position }) => position)).toEqual(places)
  })

  test('that comes before all else about its subject does not hide what the subject is', async () => {
    const beforeAppend = fault()
    const wrap = ({ store }: Stores): Partial<Stores> => ({
      store: {
        ...store,
        append: async (...args) => {
          beforeAppend.strike()
          return store.append(...args)
        },
      },
    })
    const ledger = await openTestLedger({ wrap })
    await defineGroups(ledger.ledger.groups)
    const at = { ...ledger, ...(await openTestReadModel(ledger)) }
    const ada = newPhone()
    const customer = { kind: 'external-id', value: `of ${ada.value}` }
    // The claim makes the subjects; then the append fails, and garbage comes first into the stream.
    const optIn = acts.webOptIn(ada, 'offers', { externalId: customer.value })
    beforeAppend.arm()
    await expect(at.record(optIn)).rejects.toThrow(Outage)
    await spoil(at, customer)
    await at.record(optIn)
    await at.catchUp()
    const [row] = (await at.readModel.snapshot([await at.subjectOf(customer)])).rows.values()
    expect(row?.record.kind).toBe('external-id')
    expect(await differencesFromReplay(at.readModel, at.store)).toEqual([])
    const ways = await everyWay(at, customer)
    expect(ways.states).toEqual(['subscribed', 'subscribed'])
    expect(ways.held).toEqual([true, true, true])
  })

  test('is parked by a rebuild as well, which ends up the same', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    await spoil(at, ada)
    await at.record(acts.apiOptIn(newPhone(), 'offers'))
    await at.catchUp()
    const rebuilt = await openTestReadModel(at, { name: 'rebuilt', pageSizeMax: 1_000 })
    expect((await rebuilt.catchUp()).parked).toBe(1)
    expect(dumpReadModel(rebuilt.path)).toEqual(dumpReadModel(at.path))
    expect(await at.desk.parked(10)).toHaveLength(1)
  })
})

describe('an event in a stream where it does not belong', () => {
  test('defines no group in the stream of a subject, but holds the subject', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    const stream = subjectStream(await at.subjectOf(ada))
    const { at: recordedAt } = await at.ledger.fence()
    const data = { group: 'smuggled', definition: definitionOf('smuggled') }
    const id = randomUUID() as EventId
    const event = { id, type: 'GroupDefined', schemaVersion: 1, recordedAt, data, sealed: null }
    await at.store.append(stream, [event])
    await at.catchUp()
    expect((await at.readModel.snapshot([])).groups.has('smuggled' as GroupId)).toBe(false)
    expect(await everyWay(at, ada)).toMatchObject({ held: [true, true, true] })
    expect(await differencesFromReplay(at.readModel, at.store)).toEqual([])
  })

  test('is parked in the stream of the groups, and nobody is held', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    await appendGarbage(at, groupsStream, 'unknown-type')
    await at.record(acts.apiOptIn(newPhone(), 'offers'))
    const { parked } = await at.catchUp()
    expect(parked).toBe(1)
    expect(await at.readModel.members(offers, 'subscribed', null, 10)).toHaveLength(2)
    expect(await everyWay(at, ada)).toMatchObject({ permitted: [true, true] })
  })
})

describe('an outage', () => {
  test('while a correction reads its stream is no poison: nothing is parked, it is tried again', async () => {
    const ledger = await openTestLedger()
    await defineGroups(ledger.ledger.groups)
    const atReading = fault()
    const followed = await openTestReadModel(ledger, {
      wrap: ({ reader }) => ({
        reader: {
          ...reader,
          readStream: async (stream) => {
            atReading.strike()
            return reader.readStream(stream)
          },
        },
      }),
    })
    const ada = newPhone()
    const { eventId } = await ledger.record(acts.apiOptIn(ada, 'offers'))
    await ledger.record(acts.correction(ada, [eventId ?? '']))
    for (let nth = 0; nth < 5; nth += 1) {
      atReading.arm()
      await expect(followed.projector.step()).rejects.toThrow(Outage)
    }
    const { parked } = await followed.catchUp()
    expect(parked).toBe(0)
    expect(await ledger.desk.parked(10)).toEqual([])
    expect(await differencesFromReplay(followed.readModel, ledger.store)).toEqual([])
  })

  test('of the desk while an event is parked leaves it to be parked by the next try', async () => {
    const atParking = fault()
    const wrap = ({ desk }: Stores): Partial<Stores> => ({
      desk: {
        ...desk,
        park: async (parked) => {
          atParking.strike()
          await desk.park(parked)
        },
      },
    })
    const ledger = await openTestLedger({ wrap })
    await defineGroups(ledger.ledger.groups)
    const at = { ...ledger, ...(await openTestReadModel(ledger)) }
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    await spoil(at, ada)
    atParking.arm()
    await expect(at.catchUp()).rejects.toThrow(Outage)
    expect((await at.readModel.checkpoint()).parked).toBe(0)
    expect((await at.catchUp()).parked).toBe(1)
    expect(await at.desk.parked(10)).toHaveLength(1)
  })
})
