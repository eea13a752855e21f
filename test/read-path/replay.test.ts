import { replay, summarise } from '@ledger/audit'
import type { GroupId, Position } from '@ledger/domain'
import type { RecordedEvent } from '@ledger/ledger'
import { pairAnswer } from '@ledger/read-models'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defineGroup, defineGroups } from '../support/groups.ts'
import { historySteps } from '../support/history-steps.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import { playHistory } from '../support/play-history.ts'
import { seeded } from '../support/seeded.ts'
import { acts, newPhone, proof } from '../support/signals.ts'

const offers = 'offers' as GroupId
const always = { at: Number.MAX_SAFE_INTEGER, knownAt: Number.MAX_SAFE_INTEGER }

/** A log that somebody has read out, in whatever order; only its positions say how it was. */
function readerOf(events: readonly RecordedEvent[], logId: string) {
  const from = (after: Position | null): number =>
    after === null ? 0 : Number(after.slice(-16)) + 1
  // Positions by place in the list, so that it is paged in this order.
  const placed = events.map((event, nth) => ({
    ...event,
    position: `${logId}-${String(nth).padStart(16, '0')}` as Position,
  }))
  const page = async (after: Position | null, limit: number) =>
    placed.slice(from(after), from(after) + limit)
  return {
    logId,
    readAll: page,
    readAllClear: page,
    readStream: async (stream: string) => placed.filter((each) => each.stream === stream),
    readBackwards: async () => [],
    head: async () => placed.at(-1)?.position ?? null,
  }
}

describe('a replay', () => {
  test('gives the same hash each time, and of a copy of the events in any order and doubled', async () => {
    const [steps = []] = fc.sample(historySteps({ maxLength: 100 }), { seed: 5, numRuns: 1 })
    const { ledger, fence } = await playHistory(steps, [5, 5])
    const { store } = ledger
    const hashOf = async (reader: Parameters<typeof replay>[0]) =>
      summarise(await replay(reader, { ...always, at: fence.at }), fence.at).hash
    const hash = await hashOf(store)
    expect(await hashOf(store)).toBe(hash)
    const random = seeded(5)
    const all = await store.readAll(null, 10_000)
    // The groups' stream is an order of its own: what is shuffled is what people said.
    const groups = all.filter(({ stream }) => stream === 'groups')
    const said = all.filter(({ stream, type }) => stream.startsWith('subject-') && isKnown(type))
    for (let turn = 0; turn < 5; turn += 1) {
      const order = [...said, ...said.filter(() => random() < 0.5)].map((event) => ({
        event,
        key: random(),
      }))
      const shuffled = order.toSorted((a, b) => a.key - b.key).map(({ event }) => event)
      const held = all.filter(({ stream, type }) => stream.startsWith('subject-') && !isKnown(type))
      expect(await hashOf(readerOf([...groups, ...held, ...shuffled], store.logId))).toBe(hash)
    }
  })

  test('as of an instant and a knowledge sees neither what came later nor what was learned later', async () => {
    const { ledger, store, record, clock, subjectOf } = await openTestLedger()
    await defineGroups(ledger.groups)
    const ada = newPhone()
    await record(acts.apiOptIn(ada, 'offers'))
    const between = clock.now() + 1_000_000
    clock.advance(2_000_000)
    const { position } = await record(acts.stop(ada))
    await defineGroup(ledger.groups, 'late')
    const subject = await subjectOf(ada)
    const stateAsOf = async (at: number, knownAt: number | Position) => {
      const { rows, groups } = await replay(store, { at, knownAt })
      const group = groups.get(offers)
      if (group === undefined) throw new Error('no group')
      return pairAnswer(group, subject, (each) => rows.get(each), at).state
    }
    const later = clock.now() + 1_000_000
    expect(await stateAsOf(between, later)).toBe('subscribed')
    expect(await stateAsOf(later, between)).toBe('subscribed')
    expect(await stateAsOf(later, later)).toBe('unsubscribed')
    expect(await stateAsOf(later, position ?? later)).toBe('unsubscribed')
    const { groups } = await replay(store, { at: later, knownAt: between })
    expect(groups.has('late' as GroupId)).toBe(false)
  })

  test('lets what a correction voids be void at every instant, once the correction is known', async () => {
    const { ledger, store, record, clock, subjectOf } = await openTestLedger()
    await defineGroups(ledger.groups)
    const ada = newPhone()
    const { eventId } = await record(acts.apiOptIn(ada, 'offers'))
    const between = clock.now() + 1_000_000
    clock.advance(2_000_000)
    await record(acts.correction(ada, [eventId ?? ''], { evidence: proof }))
    const subject = await subjectOf(ada)
    const stateAsOf = async (at: number, knownAt: number) => {
      const { rows, groups } = await replay(store, { at, knownAt })
      const group = groups.get(offers)
      return group && pairAnswer(group, subject, (each) => rows.get(each), at).state
    }
    expect(await stateAsOf(between, between)).toBe('subscribed')
    expect(await stateAsOf(between, clock.now() + 1_000)).toBe('never')
  })

  test('beside a running ledger is of one moment: corrections are folded no further than the rest', async () => {
    const { ledger, store, record } = await openTestLedger()
    await defineGroups(ledger.groups)
    const ada = newPhone()
    const { eventId } = await record(acts.apiOptIn(ada, 'sale'))
    await record(acts.correction(ada, [eventId ?? '']))
    const before = summarise(await replay(store, always), 1)
    let isFirst = true
    const racing = {
      ...store,
      readAllClear: async (after: Position | null, limit: number) => {
        const page = await store.readAllClear(after, limit)
        // Somebody goes on speaking while the log is read.
        if (isFirst) await record(acts.stop(ada))
        isFirst = false
        return page
      },
    }
    const raced = await replay(racing, always)
    expect(summarise(raced, 1)).toEqual(before)
    expect(raced.head).not.toBe(await store.head())
  })

  test('of an empty log says so', async () => {
    const { rows, groups, events, head } = await replay(readerOf([], 'none'), always)
    expect([rows.size, groups.size, events, head]).toEqual([0, 0, 0, null])
  })
})

const isKnown = (type: string): boolean => type !== 'SomethingElse'
