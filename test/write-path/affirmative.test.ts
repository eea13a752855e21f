import { subjectOfStream } from '@ledger/domain'
import type { AppendOptions } from '@ledger/ledger'
import { describe, expect, test } from 'vitest'
import { defineGroups } from '../support/groups.ts'
import type { Stores, TestLedger } from '../support/open-test-ledger.ts'
import { openTestLedger, sharedTestLedger } from '../support/open-test-ledger.ts'
import { acts, newPhone } from '../support/signals.ts'

const shared = sharedTestLedger()

type Key = { readonly kind: string; readonly value: string }

const typesOf = async ({ eventsOf }: TestLedger, key: Key): Promise<readonly string[]> =>
  (await eventsOf(key)).map(({ type }) => type)

describe('a YES', () => {
  test('confirms what is pending: an opt-in of that group, under its own id', async () => {
    const ada = newPhone()
    const ledger = shared()
    await ledger.record(acts.webOptIn(ada, 'confirmed'))
    ledger.clock.advance(1_000_000)
    const outcome = await ledger.record(acts.yes(ada))
    expect(outcome.outcome).toBe('recorded')
    expect(await ledger.eventsOf(ada)).toMatchObject([
      { type: 'OptInRequested', data: { scope: 'group:confirmed' } },
      { id: outcome.eventId, type: 'OptedIn', data: { scope: 'group:confirmed', ruleId: 'P10' } },
    ])
  })

  test('confirms every group that is pending, in one step', async () => {
    const ada = newPhone()
    const ledger = shared()
    for (const group of ['confirmed', 'offers', 'sale']) {
      await ledger.record(acts.request(ada, group))
    }
    ledger.clock.advance(1_000_000)
    const yes = acts.yes(ada)
    await ledger.record(yes)
    const grants = (await ledger.eventsOf(ada)).filter(({ type }) => type === 'OptedIn')
    const scopes = grants.map(({ data }) => (data as { scope: string }).scope).sort()
    expect(scopes).toEqual(['group:confirmed', 'group:offers', 'group:sale'])
    expect((await ledger.record(yes)).outcome).toBe('duplicate')
    expect(await ledger.eventsOf(ada)).toHaveLength(6)
  })

  test('with nothing pending is a plain message: kept, without effect', async () => {
    const ada = newPhone()
    const ledger = shared()
    const outcome = await ledger.record(acts.yes(ada))
    expect(outcome).toMatchObject({
      outcome: 'quarantined',
      problem: { code: 'nothing-pending' },
    })
    expect(await typesOf(ledger, ada)).toEqual(['OptInQuarantined'])
  })

  test('after a STOP confirms nothing', async () => {
    const ada = newPhone()
    const ledger = shared()
    await ledger.record(acts.request(ada, 'offers'))
    ledger.clock.advance(1_000_000)
    await ledger.record(acts.stop(ada))
    ledger.clock.advance(1_000_000)
    expect((await ledger.record(acts.yes(ada))).outcome).toBe('quarantined')
  })

  test('sent many times at once is one YES', async () => {
    const ada = newPhone()
    const ledger = shared()
    await ledger.record(acts.request(ada, 'offers'))
    ledger.clock.advance(1_000_000)
    const yes = acts.yes(ada)
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => ledger.record(yes)))
    const kinds = outcomes.map(({ outcome }) => outcome).sort()
    expect(kinds).toEqual([...Array<string>(7).fill('duplicate'), 'recorded'])
    expect(await typesOf(ledger, ada)).toEqual(['OptInRequested', 'OptedIn'])
  })
})

/**
 * A ledger in which something else is appended just before each decision that rests on a revision.
 */
async function openWithRival(rival: (nth: number) => Promise<unknown>) {
  const seen: (AppendOptions | undefined)[] = []
  const wrap = ({ store }: Stores): Partial<Stores> => ({
    store: {
      ...store,
      append: async (stream, events, options) => {
        if (subjectOfStream(stream) !== null && options?.expected !== undefined) {
          seen.push(options)
          await rival(seen.length)
        }
        return store.append(stream, events, options)
      },
    },
  })
  const opened = await openTestLedger({ wrap })
  await defineGroups(opened.ledger.groups)
  return { ...opened, seen }
}

describe('a YES while the stream changes', () => {
  test('is decided again: a STOP that came in between leaves nothing to confirm', async () => {
    const ada = newPhone()
    const stop = acts.stop(ada)
    const ledger = await openWithRival(async (nth) => nth === 1 && (await ledger.record(stop)))
    await ledger.record(acts.request(ada, 'offers'))
    ledger.clock.advance(1_000_000)
    const outcome = await ledger.record(acts.yes(ada))
    expect(outcome.outcome).toBe('quarantined')
    expect(await typesOf(ledger, ada)).toEqual(['OptInRequested', 'OptedOut', 'OptInQuarantined'])
    expect(ledger.seen).toEqual([{ expected: 0 }, { expected: 1 }])
  })

  test('is decided again: a request that came in between is confirmed too', async () => {
    const ada = newPhone()
    const request = acts.request(ada, 'sale')
    const ledger = await openWithRival(async (nth) => nth === 1 && (await ledger.record(request)))
    await ledger.record(acts.request(ada, 'offers'))
    ledger.clock.advance(1_000_000)
    await ledger.record(acts.yes(ada))
    const grants = (await ledger.eventsOf(ada)).filter(({ type }) => type === 'OptedIn')
    expect(grants).toHaveLength(2)
  })

  test('gives up with an outage when the stream never rests; its retry still counts', async () => {
    const ada = newPhone()
    let isBusy = true
    const ledger = await openWithRival(async () => isBusy && (await ledger.record(acts.stop(ada))))
    await ledger.record(acts.request(ada, 'offers'))
    const yes = acts.yes(ada)
    await expect(ledger.record(yes)).rejects.toMatchObject({ code: 'contention' })
    isBusy = false
    expect((await ledger.record(yes)).outcome).toBe('quarantined')
  })
})
