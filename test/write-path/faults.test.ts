import { subjectOfStream } from '@ledger/domain'
import { Outage } from '@ledger/ledger'
import { describe, expect, test } from 'vitest'
import { fault } from '../support/faults.ts'
import { defineGroups } from '../support/groups.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import type { Stores, TestLedger } from '../support/open-test-ledger.ts'
import { acts, newPhone, phone } from '../support/signals.ts'

const isSubjects = (stream: string): boolean => subjectOfStream(stream) !== null

/** A ledger whose log fails once, before a person's event is written or after it is durable. */
async function openWithFaults() {
  const [beforeAppend, afterAppend] = [fault(), fault()]
  const wrap = ({ store }: Stores): Partial<Stores> => ({
    store: {
      ...store,
      append: async (stream, events, options) => {
        if (isSubjects(stream)) beforeAppend.strike()
        const appended = await store.append(stream, events, options)
        if (isSubjects(stream)) afterAppend.strike()
        return appended
      },
    },
  })
  const opened = await openTestLedger({ wrap })
  await defineGroups(opened.ledger.groups)
  return { ...opened, beforeAppend, afterAppend }
}

const idsIn = async ({ store }: TestLedger): Promise<readonly string[]> =>
  (await store.readAll(null, 1_000)).map(({ id }) => id)

describe('a crash between the claim and the append', () => {
  test('loses nothing: the retry finds its claim and finishes', async () => {
    const ledger = await openWithFaults()
    const ada = newPhone()
    const signal = acts.stop(ada)
    ledger.beforeAppend.arm()
    await expect(ledger.record(signal)).rejects.toThrow(Outage)
    expect(await ledger.vault.highWaterMark()).toBe(1)
    expect(await ledger.eventsOf(ada)).toEqual([])
    await ledger.record(acts.stop(newPhone()))

    expect((await ledger.record(signal)).outcome).toBe('recorded')
    expect(await ledger.eventsOf(ada)).toMatchObject([{ type: 'OptedOut', data: { claim: 1 } }])
    expect((await ledger.record(signal)).outcome).toBe('duplicate')
  })

  test('is finished by the retry after a restart', async () => {
    const before = await openWithFaults()
    const ada = newPhone()
    const signal = acts.webOptIn(ada, 'offers', { externalId: 'customer-1' })
    before.beforeAppend.arm()
    await expect(before.record(signal)).rejects.toThrow(Outage)
    await before.close()
    const after = await openTestLedger({ folder: before.folder })
    expect((await after.record(signal)).outcome).toMatch(/recorded|duplicate/)
    const ids = await idsIn(after)
    expect(new Set(ids).size).toBe(ids.length)
    const types = (await after.eventsOf(ada)).map(({ type }) => type)
    expect(types).toEqual(['OptedIn', 'AddressLinked'])
  })

  test('keeps the id for what claimed it: other content is a conflict, the retry still finishes', async () => {
    const ledger = await openWithFaults()
    const ada = newPhone()
    const signal = acts.webOptIn(ada, 'offers')
    ledger.beforeAppend.arm()
    await expect(ledger.record(signal)).rejects.toThrow(Outage)
    const { id } = signal
    const other = acts.webOptIn(newPhone(), 'offers', { envelope: { id } })
    expect((await ledger.record(other)).outcome).toBe('conflict')
    const stop = acts.stop(ada, { envelope: { id } })
    expect((await ledger.record(stop)).outcome).toBe('conflict')
    expect((await ledger.record(signal)).outcome).toBe('recorded')
    const types = (await ledger.eventsOf(ada)).map(({ type }) => type)
    expect(types).toEqual(['OptedOut', 'OptedIn'])
  })

  test('of a conflicting opt-out is finished by its retry, once', async () => {
    const ledger = await openWithFaults()
    const ada = newPhone()
    const first = acts.webOptIn(ada, 'offers')
    await ledger.record(first)
    const stop = acts.stop(ada, { envelope: { id: first.id } })
    ledger.beforeAppend.arm()
    await expect(ledger.record(stop)).rejects.toThrow(Outage)
    const retried = await ledger.record(stop)
    expect(await ledger.record(stop)).toEqual(retried)
    const types = (await ledger.eventsOf(ada)).map(({ type }) => type)
    expect(types).toEqual(['OptedIn', 'OptedOut'])
  })

  test('of a YES: the retry decides on what stands then', async () => {
    const ledger = await openWithFaults()
    const ada = newPhone()
    await ledger.record(acts.request(ada, 'confirmed'))
    const yes = acts.yes(ada)
    ledger.beforeAppend.arm()
    await expect(ledger.record(yes)).rejects.toThrow(Outage)
    await ledger.record(acts.stop(ada))
    expect(await ledger.record(yes)).toMatchObject({
      outcome: 'quarantined',
      problem: { code: 'nothing-pending' },
    })
  })
})

describe('an acknowledgement that never arrived', () => {
  test('is given to the retry: a duplicate, at the place where it stands', async () => {
    const ledger = await openWithFaults()
    const ada = newPhone()
    const signal = acts.stop(ada)
    ledger.afterAppend.arm()
    await expect(ledger.record(signal)).rejects.toThrow(Outage)
    const [event] = await ledger.eventsOf(ada)
    expect(await ledger.record(signal)).toEqual({
      outcome: 'duplicate',
      eventId: event?.id,
      position: event?.position,
    })
  })

  test.each([
    ['before it was durable', 'beforeAppend' as const],
    ['after it was durable', 'afterAppend' as const],
  ])('of a copy, %s: the retry adds what is missing and doubles nothing', async (_when, which) => {
    const ledger = await openWithFaults()
    const ada = newPhone()
    const customer = { kind: 'external-id', value: `customer of ${ada.value}` }
    const signal = acts.webOptIn(ada, 'offers', { externalId: customer.value })
    // The first stream written is the copy's; its own goes through, and is no proof of the copy.
    ledger[which].arm()
    await expect(ledger.record(signal)).rejects.toThrow(Outage)
    await ledger.store.head()
    expect(await ledger.eventsOf(ada)).toHaveLength(2)
    expect((await ledger.record(signal)).outcome).toBe('duplicate')
    const [own, copy] = await Promise.all([ledger.eventsOf(ada), ledger.eventsOf(customer)])
    expect(own.map(({ type }) => type)).toEqual(['OptedIn', 'AddressLinked'])
    expect(copy.map(({ type }) => type)).toEqual(['OptedIn', 'AddressLinked'])
  })
})

describe('a desk that is out of reach for a moment', () => {
  test('does not lose the review of an address that cannot be parsed: the retry lists it', async () => {
    const atReview = fault()
    const wrap = ({ desk }: Stores): Partial<Stores> => ({
      desk: {
        ...desk,
        addReview: async (review) => {
          atReview.strike()
          await desk.addReview(review)
        },
      },
    })
    const { record, desk } = await openTestLedger({ wrap })
    const signal = acts.stop(phone('ask at the counter'))
    atReview.arm()
    await expect(record(signal)).rejects.toThrow(Outage)
    const { eventId } = await record(signal)
    expect(await desk.reviews(null, 10, 'open')).toMatchObject([
      { kind: 'unparsable-address', eventId },
    ])
  })
})
