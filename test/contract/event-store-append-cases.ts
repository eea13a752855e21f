import type { AppendResult, EventStore, Placed } from '@ledger/ledger'
import { describe, expect, test } from 'vitest'
import { newEvent, newEvents, newStream } from './new-event.ts'
import type { MakePlace } from './place.ts'
import { useSharedStore, useStore } from './place.ts'

/** The places of an append that must have been done. */
export function placedOf(result: AppendResult): readonly Placed[] {
  if (!result.ok) throw new Error(`the stream is at revision ${result.actualRevision}`)
  return result.placed
}

const idsOf = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id)

export function appendCases(makePlace: MakePlace<EventStore>): void {
  const { open } = useStore(makePlace)
  describe('of an event that may be there', () => deduplicationCases(useSharedStore(makePlace)))
  describe('at an expected revision', () => expectationCases(useSharedStore(makePlace)))

  test('gives the events of a stream dense revisions from 0 and growing positions', async () => {
    const store = await open()
    const stream = newStream()
    const first = placedOf(await store.append(stream, newEvents(2)))
    const elsewhere = placedOf(await store.append(newStream(), newEvents(1)))
    const second = placedOf(await store.append(stream, newEvents(1)))
    expect([...first, ...second].map(({ revision }) => revision)).toEqual([0, 1, 2])
    expect(elsewhere.map(({ revision }) => revision)).toEqual([0])
    const positions = [...first, ...elsewhere, ...second].map(({ position }) => position)
    expect(positions.toSorted()).toEqual(positions)
    expect(new Set(positions).size).toBe(4)
    expect(new Set(positions.map(({ length }) => length)).size).toBe(1)
  })

  test('writes calls that were made one after the other in that order', async () => {
    const store = await open()
    const events = newEvents(100)
    const streams = [newStream(), newStream(), newStream()]
    await Promise.all(events.map((event, index) => store.append(streams[index % 3] ?? '', [event])))
    expect(idsOf(await store.readAll(null, 1_000))).toEqual(idsOf(events))
  })

  test('writes all events of a call or none: a reader never sees a part', async () => {
    const store = await open()
    let isWriting = true
    const writing = (async () => {
      for (let turn = 0; turn < 30; turn += 1) {
        await Promise.all([0, 1, 2].map(() => store.append(newStream(), newEvents(5))))
      }
      isWriting = false
    })()
    while (isWriting) {
      const events = await store.readAll(null, 10_000)
      const counts = new Map<string, number>()
      for (const { stream } of events) counts.set(stream, (counts.get(stream) ?? 0) + 1)
      expect([...counts.values()].filter((count) => count !== 5)).toEqual([])
      await new Promise(setImmediate)
    }
    await writing
  })

  test('a head asked for after an append includes it, though nobody awaited it', async () => {
    const store = await open()
    for (let turn = 0; turn < 20; turn += 1) {
      const appending = store.append(newStream(), newEvents(2))
      const head = await store.head()
      expect(head).toBe(placedOf(await appending).at(-1)?.position)
    }
  })

  test('takes an append of no event, which changes nothing', async () => {
    const store = await open()
    expect(await store.append(newStream(), [])).toEqual({ ok: true, placed: [] })
    expect(await store.head()).toBeNull()
  })

  test('takes a thousand events in one call', async () => {
    const store = await open()
    const events = newEvents(1_000)
    const stream = newStream()
    const placed = placedOf(await store.append(stream, events))
    expect(placed.map(({ revision }) => revision)).toEqual(events.map((_, index) => index))
    expect(idsOf(await store.readStream(stream))).toEqual(idsOf(events))
  })
}

function deduplicationCases(open: () => Promise<EventStore>): void {
  test('an event that the stream holds is not added again, its first place is told', async () => {
    const store = await open()
    const stream = newStream()
    const [one, two, three] = [newEvent(), newEvent(), newEvent()]
    const [first, second] = placedOf(await store.append(stream, [one, two]))
    const again = placedOf(await store.append(stream, [two, three, one]))
    expect(again.map(({ wasThere }) => wasThere)).toEqual([true, false, true])
    expect(again[0]).toEqual({ ...second, wasThere: true })
    expect(again[1]?.revision).toBe(2)
    expect(again[2]).toEqual({ ...first, wasThere: true })
    expect(idsOf(await store.readStream(stream))).toEqual(idsOf([one, two, three]))
  })

  test('a repeat leaves the event as it was first recorded', async () => {
    const store = await open()
    const stream = newStream()
    const first = newEvent()
    await store.append(stream, [first])
    await store.append(stream, [
      newEvent({ id: first.id, type: 'OptedOut', data: {}, sealed: null }),
    ])
    expect(await store.readStream(stream)).toMatchObject([{ type: 'OptedIn', data: first.data }])
  })

  test('the same id twice in one call is one event', async () => {
    const store = await open()
    const stream = newStream()
    const event = newEvent()
    const twin = newEvent({ id: event.id })
    const [first, second] = placedOf(await store.append(stream, [event, twin]))
    expect(first?.wasThere).toBe(false)
    expect(second).toEqual({ ...first, wasThere: true })
    expect(await store.readStream(stream)).toHaveLength(1)
  })

  test('the same id in another stream is another event', async () => {
    const store = await open()
    const event = newEvent()
    await store.append(newStream(), [event])
    const placed = placedOf(await store.append(newStream(), [newEvent({ id: event.id })]))
    expect(placed.map(({ wasThere }) => wasThere)).toEqual([false])
  })

  test('of many calls with the same event at once, one adds it', async () => {
    const store = await open()
    const stream = newStream()
    const event = newEvent()
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        store.append(stream, [newEvent({ id: event.id })]).then(placedOf),
      ),
    )
    expect(results.flat().filter(({ wasThere }) => !wasThere)).toHaveLength(1)
    expect(new Set(results.flat().map(({ position }) => position)).size).toBe(1)
  })
}

function expectationCases(open: () => Promise<EventStore>): void {
  test.each([['no-stream' as const], [-1]])(
    'expected %s: the stream must not exist',
    async (none) => {
      const store = await open()
      const stream = newStream()
      const first = await store.append(stream, newEvents(3), { expected: none })
      expect(first.ok).toBe(true)
      const second = await store.append(stream, newEvents(1), { expected: none })
      expect(second).toEqual({ ok: false, actualRevision: 2 })
    },
  )

  test('expected 0: the stream must be at its first event', async () => {
    const store = await open()
    const stream = newStream()
    const early = await store.append(stream, newEvents(1), { expected: 0 })
    expect(early).toEqual({ ok: false, actualRevision: -1 })
    await store.append(stream, newEvents(1))
    const fitting = await store.append(stream, newEvents(1), { expected: 0 })
    expect(placedOf(fitting).map(({ revision }) => revision)).toEqual([1])
    const late = await store.append(stream, newEvents(1), { expected: 0 })
    expect(late).toEqual({ ok: false, actualRevision: 1 })
  })

  test('a mismatch writes nothing and fails none of its neighbours', async () => {
    const store = await open()
    const stream = newStream()
    const results = await Promise.all([
      store.append(stream, newEvents(1)),
      store.append(stream, newEvents(2), { expected: 7 }),
      store.append(stream, newEvents(1)),
    ])
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true])
    expect(await store.readStream(stream)).toHaveLength(2)
  })

  test('the expectation is judged first, also for an event that the stream holds', async () => {
    const store = await open()
    const stream = newStream()
    const event = newEvent()
    await store.append(stream, [event], { expected: -1 })
    const again = await store.append(stream, [event], { expected: -1 })
    expect(again).toEqual({ ok: false, actualRevision: 0 })
    const held = placedOf(await store.append(stream, [event], { expected: 0 }))
    expect(held.map(({ wasThere }) => wasThere)).toEqual([true])
  })

  test('of many calls that expect the same revision at once, one wins', async () => {
    const store = await open()
    const stream = newStream()
    await store.append(stream, newEvents(1))
    const results = await Promise.all(
      newEvents(20).map((event) => store.append(stream, [event], { expected: 0 })),
    )
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await store.readStream(stream)).toHaveLength(2)
  })
}
