import { describe, expect, test } from 'vitest'
import { sharedTestLedger } from '../support/open-test-ledger.ts'
import { acts, email, newPhone } from '../support/signals.ts'

const shared = sharedTestLedger()

describe('an id that was used before', () => {
  test('for another content is a conflict: an opt-in is not recorded', async () => {
    const ada = newPhone()
    const { record, eventsOf, desk, subjectOf } = shared()
    const first = acts.webOptIn(ada, 'offers')
    const { eventId } = await record(first)
    const other = acts.webOptIn(ada, 'sale', { envelope: { id: first.id } })
    expect(await record(other)).toMatchObject({
      outcome: 'conflict',
      eventId,
      problem: { code: 'id-conflict', field: 'id' },
    })
    expect(await eventsOf(ada)).toHaveLength(1)
    expect(await desk.attemptsOf(await subjectOf(ada))).toMatchObject([
      { outcome: 'conflict', code: 'id-conflict', eventId },
    ])
  })

  test('under another address is found too, and creates nobody', async () => {
    const [ada, bob] = [newPhone(), newPhone()]
    const { record, eventsOf, vault, ledger } = shared()
    const first = acts.webOptIn(ada, 'offers')
    await record(first)
    const mark = await vault.highWaterMark()
    const other = acts.webOptIn(bob, 'offers', { envelope: { id: first.id } })
    expect((await record(other)).outcome).toBe('conflict')
    expect(await eventsOf(bob)).toEqual([])
    expect(await ledger.book.find([bob])).toEqual([null])
    expect(await vault.highWaterMark()).toBe(mark)
  })

  test('by another source is nobody else’s business', async () => {
    const ada = newPhone()
    const { record } = shared()
    const first = acts.webOptIn(ada, 'offers')
    await record(first)
    const other = acts.webOptIn(ada, 'sale', { envelope: { id: first.id, source: 'urn:other' } })
    expect((await record(other)).outcome).toBe('recorded')
  })

  test('for an opt-out is a conflict that is recorded all the same, under an id of its own', async () => {
    const ada = newPhone()
    const { record, eventsOf } = shared()
    const first = acts.webOptIn(ada, 'offers')
    const { eventId } = await record(first)
    const stop = acts.stop(ada, { envelope: { id: first.id } })
    const outcome = await record(stop)
    expect(outcome).toMatchObject({ outcome: 'conflict', problem: { code: 'id-conflict' } })
    expect(outcome.eventId).not.toBe(eventId)
    expect(await eventsOf(ada)).toMatchObject([
      { id: eventId, type: 'OptedIn' },
      { id: outcome.eventId, type: 'OptedOut', position: outcome.position },
    ])
  })

  test('for an opt-out of another address is recorded under that address', async () => {
    const [ada, bob] = [newPhone(), newPhone()]
    const { record, eventsOf } = shared()
    const first = acts.stop(ada)
    await record(first)
    const { outcome, eventId } = await record(acts.stop(bob, { envelope: { id: first.id } }))
    expect(outcome).toBe('conflict')
    expect(await eventsOf(bob)).toMatchObject([{ id: eventId, type: 'OptedOut' }])
  })

  test('the retry of a conflicting opt-out adds nothing and is answered with the same place', async () => {
    const ada = newPhone()
    const { record, eventsOf, desk, subjectOf } = shared()
    const first = acts.webOptIn(ada, 'offers')
    await record(first)
    const stop = acts.stop(ada, { envelope: { id: first.id } })
    const outcome = await record(stop)
    expect(await record(stop)).toEqual(outcome)
    expect(await eventsOf(ada)).toHaveLength(2)
    const attempts = await desk.attemptsOf(await subjectOf(ada))
    expect(attempts.filter((each) => each.eventId === outcome.eventId)).toMatchObject([
      { outcome: 'duplicate' },
    ])
  })
})

describe('what a retry may change without a conflict', () => {
  const claimedAt = '2026-05-01T08:00:00Z'

  test('the sender’s clock, stamped anew for each try', async () => {
    const ada = newPhone()
    const { record } = shared()
    const first = acts.stop(ada, { clock: 'device', claimedAt, sentAt: '2026-05-01T08:00:01Z' })
    const retry = { ...first, data: { ...first.data, sentAt: '2026-05-01T09:30:00Z' } }
    await record(first)
    expect((await record(retry)).outcome).toBe('duplicate')
  })

  test('the envelope’s time, when the act has a claimed time of its own', async () => {
    const ada = newPhone()
    const { record } = shared()
    const first = acts.stop(ada, { claimedAt, envelope: { time: '2026-05-01T08:00:01Z' } })
    await record(first)
    expect((await record({ ...first, time: '2026-05-01T09:30:00Z' })).outcome).toBe('duplicate')
  })

  test('extension attributes such as trace headers and attempt counters', async () => {
    const ada = newPhone()
    const { record } = shared()
    const first = acts.stop(ada, { envelope: { traceparent: '00-1', attempt: 1 } })
    await record(first)
    expect((await record({ ...first, traceparent: '00-2', attempt: 2 })).outcome).toBe('duplicate')
  })

  test('the order of fields, the spelling of instants and of the address', async () => {
    const { record } = shared()
    const address = email('Ada@Example.org')
    const first = acts.webOptIn(address, 'news', { claimedAt: '2026-05-01T10:00:00+02:00' })
    await record(first)
    const data = Object.fromEntries(Object.entries(first.data).reverse())
    const retry = { ...first, data: { ...data, claimedAt, address: email(' ada@EXAMPLE.org') } }
    expect((await record(retry)).outcome).toBe('duplicate')
  })

  test('but not the claimed time itself, nor the evidence', async () => {
    const ada = newPhone()
    const { record } = shared()
    const first = acts.webOptIn(ada, 'offers', { claimedAt })
    await record(first)
    const later = { ...first, data: { ...first.data, claimedAt: '2026-05-01T08:00:01Z' } }
    expect((await record(later)).outcome).toBe('conflict')
    const evidence = { disclosure: 'Other words.', formUrl: 'https://acme.example/join' }
    const shown = { ...first, data: { ...first.data, evidence } }
    expect((await record(shown)).outcome).toBe('conflict')
  })
})
