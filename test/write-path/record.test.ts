import type { EventId } from '@ledger/domain'
import { describe, expect, test } from 'vitest'
import { defineGroup } from '../support/groups.ts'
import { openTestLedger, sharedTestLedger } from '../support/open-test-ledger.ts'
import { acts, email, newPhone, phone } from '../support/signals.ts'
import { at } from '../support/test-clock.ts'

const shared = sharedTestLedger()

describe('what becomes of a signal', () => {
  test('a signal nobody sent before is recorded, with its id and its place in the log', async () => {
    const ada = newPhone()
    const { record, eventsOf, store } = shared()
    const outcome = await record(acts.webOptIn(ada, 'offers'))
    expect(outcome).toEqual({
      outcome: 'recorded',
      eventId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8/) as EventId,
      position: await store.head(),
    })
    const [event] = await eventsOf(ada)
    expect(event).toMatchObject({ id: outcome.eventId, type: 'OptedIn', revision: 0 })
  })

  test('the same signal again is a duplicate, answered with the first position', async () => {
    const [ada, bob] = [newPhone(), newPhone()]
    const { record, eventsOf, desk, subjectOf } = shared()
    const signal = acts.stop(ada)
    const first = await record(signal)
    await record(acts.webOptIn(bob, 'offers'))
    const again = await record(signal)
    expect(again).toEqual({ ...first, outcome: 'duplicate' })
    expect(await eventsOf(ada)).toHaveLength(1)
    const attempts = await desk.attemptsOf(await subjectOf(ada))
    expect(attempts).toMatchObject([{ outcome: 'duplicate', code: null, eventId: first.eventId }])
  })

  test('of many sent at once with one id, one is recorded and the others are duplicates', async () => {
    const ada = newPhone()
    const { record, eventsOf } = shared()
    const signal = acts.stop(ada)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => record(signal)))
    const kinds = outcomes.map(({ outcome }) => outcome).sort()
    expect(kinds).toEqual([...Array<string>(19).fill('duplicate'), 'recorded'])
    expect(new Set(outcomes.map(({ position }) => position)).size).toBe(1)
    expect(await eventsOf(ada)).toHaveLength(1)
  })

  test('an opt-in of a person without its evidence is quarantined, and its repeat a duplicate', async () => {
    const ada = newPhone()
    const { record, eventsOf } = shared()
    const signal = acts.webOptIn(ada, 'offers', { evidence: {} })
    const outcome = await record(signal)
    expect(outcome).toMatchObject({
      outcome: 'quarantined',
      problem: { code: 'evidence-missing' },
    })
    expect(await eventsOf(ada)).toMatchObject([
      {
        type: 'OptInQuarantined',
        data: { missing: ['disclosure or disclosureId', 'formUrl'] },
      },
    ])
    expect(await record(signal)).toMatchObject({ outcome: 'duplicate', eventId: outcome.eventId })
  })

  test('a group that nobody defined makes an opt-in invalid: only the attempt is kept', async () => {
    const ada = newPhone()
    const { record, eventsOf, store, vault } = shared()
    const before = [await store.head(), await vault.highWaterMark()]
    const scope = { group: 'nowhere' }
    for (const each of [
      acts.webOptIn(ada, 'nowhere'),
      acts.request(ada, 'nowhere'),
      acts.yes(ada, { scope }),
    ]) {
      const outcome = await record(each)
      const problem = { code: 'unknown-group', field: 'data.scope.group' }
      expect(outcome).toMatchObject({ outcome: 'invalid', problem })
      expect(outcome).not.toHaveProperty('eventId')
    }
    expect(await eventsOf(ada)).toEqual([])
    expect([await store.head(), await vault.highWaterMark()]).toEqual(before)
  })

  test('what was invalid for want of its group is recorded once the group is there', async () => {
    const { record, ledger } = shared()
    const signal = acts.webOptIn(newPhone(), 'defined-late')
    expect((await record(signal)).outcome).toBe('invalid')
    await defineGroup(ledger.groups, 'defined-late')
    expect((await record(signal)).outcome).toBe('recorded')
  })

  test('an opt-out of a group that nobody defined is recorded', async () => {
    const ada = newPhone()
    const { record, eventsOf } = shared()
    expect((await record(acts.optOut(ada, 'nowhere'))).outcome).toBe('recorded')
    expect(await eventsOf(ada)).toMatchObject([
      { type: 'OptedOut', data: { scope: 'group:nowhere', authority: 'person' } },
    ])
  })

  test('an opt-out of an archived group is recorded', async () => {
    const ada = newPhone()
    const { record, ledger, eventsOf } = shared()
    const { id } = await defineGroup(ledger.groups, 'archived')
    await ledger.groups.archive(id)
    expect((await record(acts.optOut(ada, id))).outcome).toBe('recorded')
    expect(await eventsOf(ada)).toHaveLength(1)
  })
})

describe('an opt-out from an address that cannot be parsed', () => {
  test('is recorded under a subject of its own and listed for review', async () => {
    const garbled = phone('call me 0171 / 555')
    const { record, eventsOf, desk, subjectOf } = shared()
    const { outcome, eventId } = await record(acts.stop(garbled))
    expect(outcome).toBe('recorded')
    expect(await eventsOf(garbled)).toMatchObject([{ type: 'OptedOut' }])
    const subject = await subjectOf(garbled)
    const reviews = await desk.reviews(null, 100, 'open')
    expect(reviews.filter((review) => review.subject === subject)).toMatchObject([
      { id: eventId, kind: 'unparsable-address', eventId },
    ])
  })

  test('is listed once, however often it is sent', async () => {
    const { record, desk } = shared()
    const signal = acts.stop(phone('ask for Ada'))
    const { eventId } = await record(signal)
    await record(signal)
    const reviews = await desk.reviews(null, 100, 'open')
    expect(reviews.filter((review) => review.eventId === eventId)).toHaveLength(1)
  })
})

describe('people', () => {
  test('two signals at once for a new address make one subject', async () => {
    const ada = newPhone()
    const { record, eventsOf, vault, subjectOf } = shared()
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, nth) =>
        record(nth % 2 === 0 ? acts.stop(ada) : acts.webOptIn(ada, 'offers')),
      ),
    )
    expect(outcomes.every(({ outcome }) => outcome === 'recorded')).toBe(true)
    expect(await eventsOf(ada)).toHaveLength(12)
    expect(await vault.findBySubject([await subjectOf(ada)])).not.toContain(null)
  })

  test('signals at once that bring the same two new keys end in the same two subjects', async () => {
    const ada = newPhone()
    const { record, eventsOf } = shared()
    const externalId = { kind: 'external-id', value: `customer of ${ada.value}` }
    const signals = Array.from({ length: 8 }, () =>
      acts.webOptIn(ada, 'offers', { externalId: externalId.value }),
    )
    const outcomes = await Promise.all(signals.map(record))
    expect(outcomes.every(({ outcome }) => outcome === 'recorded')).toBe(true)
    for (const key of [ada, externalId]) {
      const optIns = (await eventsOf(key)).filter(({ type }) => type === 'OptedIn')
      expect(optIns).toHaveLength(8)
    }
  })

  test('addresses are revealed by their subjects as they were first given', async () => {
    const { record, ledger, subjectOf } = shared()
    const spelled = email('Ada.L@Example.org')
    await record(acts.webOptIn(spelled, 'news'))
    await record(acts.webOptIn(email('ada.l@example.org'), 'news'))
    const subject = await subjectOf(spelled)
    expect(await ledger.book.reveal([subject])).toEqual([spelled])
  })
})

describe('time', () => {
  test('recordedAt grows strictly while the machine’s clock stands still or jumps back', async () => {
    const { record, clock, store } = await openTestLedger()
    for (const change of [0, 0, -3_600_000_000, 0, 5_000_000, -1, 0]) {
      clock.advance(change)
      await Promise.all([record(acts.stop(newPhone())), record(acts.stop(newPhone()))])
    }
    const stamps = (await store.readAll(null, 1_000)).map(({ recordedAt }) => recordedAt)
    expect(stamps.every((stamp, index) => stamp > (stamps[index - 1] ?? 0))).toBe(true)
    expect(stamps.length).toBeGreaterThanOrEqual(14)
  })

  test('recordedAt goes on growing over a restart with a clock that was set back', async () => {
    const before = await openTestLedger()
    await before.record(acts.stop(newPhone()))
    await before.close()
    before.clock.set(at('2020-01-01T00:00:00Z'))
    const after = await openTestLedger({ folder: before.folder, clock: before.clock })
    await after.record(acts.stop(newPhone()))
    const [earlier, later] = (await after.store.readBackwards(null, 2)).toReversed()
    expect(later?.recordedAt).toBeGreaterThan(earlier?.recordedAt ?? Infinity)
  })

  test('an act is never in force later than it was recorded', async () => {
    const ada = newPhone()
    const { record, eventsOf } = shared()
    await record(acts.webOptIn(ada, 'offers', { claimedAt: '2031-01-01T00:00:00Z' }))
    const [event] = await eventsOf(ada)
    expect(event?.data).toMatchObject({ claimedAt: at('2031-01-01T00:00:00Z') })
    expect((event?.data as { effectiveAt: number }).effectiveAt).toBeLessThanOrEqual(
      event?.recordedAt ?? 0,
    )
  })
})
