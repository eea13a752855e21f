import type { EventStore } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import { expect, test } from 'vitest'
import { placedOf } from './event-store-append-cases.ts'
import { newEvent, newEvents, newStream } from './new-event.ts'
import type { MakePlace } from './place.ts'
import { useStore } from './place.ts'

export function lifeCases(makePlace: MakePlace<EventStore>): void {
  const { open, reopen } = useStore(makePlace)
  notificationCases(open)

  test('a new log is empty', async () => {
    const store = await open()
    expect(store.logId).not.toBe('')
    expect(await store.head()).toBeNull()
    expect(await store.readAll(null, 10)).toEqual([])
    expect(await store.readBackwards(null, 10)).toEqual([])
  })

  test('a log opened again is the same log and goes on where it ended', async () => {
    const before = await open()
    const stream = newStream()
    const events = newEvents(3)
    const placed = placedOf(await before.append(stream, events))
    const all = await before.readAll(null, 10)
    const after = await reopen(before)
    expect(after.logId).toBe(before.logId)
    expect(await after.readAll(null, 10)).toEqual(all)
    expect(await after.head()).toBe(placed.at(-1)?.position)
    const added = newEvent()
    const again = placedOf(await after.append(stream, [...events, added]))
    expect(again.map(({ wasThere }) => wasThere)).toEqual([true, true, true, false])
    expect(again.at(-1)?.revision).toBe(3)
    expect((again.at(-1)?.position ?? '') > (placed.at(-1)?.position ?? '')).toBe(true)
  })

  test('closing finishes what was asked for before', async () => {
    const store = await open()
    const appending = Promise.all(newEvents(50).map((event) => store.append(newStream(), [event])))
    const after = await reopen(store)
    await appending
    expect(await after.readAll(null, 100)).toHaveLength(50)
  })

  test('a closed store is out of reach, and may be closed again', async () => {
    const store = await open()
    await store.close()
    await store.close()
    await expect(store.append(newStream(), newEvents(1))).rejects.toThrow(Outage)
    await expect(store.readStream(newStream())).rejects.toThrow(Outage)
    await expect(store.readAll(null, 1)).rejects.toThrow(Outage)
    await expect(store.readAllClear(null, 1)).rejects.toThrow(Outage)
    await expect(store.readBackwards(null, 1)).rejects.toThrow(Outage)
    await expect(store.head()).rejects.toThrow(Outage)
  })
}

function notificationCases(open: () => Promise<EventStore>): void {
  test('calls back once events can be read', async () => {
    const store = await open()
    const woken = new Promise<number>((resolve, reject) => {
      store.onAppended(() => {
        store.readAll(null, 10).then((events) => resolve(events.length), reject)
      })
    })
    await store.append(newStream(), newEvents(2))
    expect(await woken).toBe(2)
  })

  test('calls back everybody who asked, until they no longer do', async () => {
    const store = await open()
    const calls = { one: 0, two: 0 }
    const stop = store.onAppended(() => (calls.one += 1))
    let wake = (): void => undefined
    store.onAppended(() => {
      calls.two += 1
      wake()
    })
    const appendAndWait = async (): Promise<void> => {
      const woken = new Promise<void>((resolve) => (wake = resolve))
      await store.append(newStream(), newEvents(1))
      await woken
    }
    await appendAndWait()
    expect(calls.one).toBeGreaterThan(0)
    stop()
    stop()
    const seen = { ...calls }
    await appendAndWait()
    expect(calls.one).toBe(seen.one)
    expect(calls.two).toBeGreaterThan(seen.two)
  })
}
