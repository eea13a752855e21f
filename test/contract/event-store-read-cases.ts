import type { Position } from '@ledger/domain'
import type { EventStore, NewEvent, RecordedEvent } from '@ledger/ledger'
import { describe, expect, test } from 'vitest'
import { placedOf } from './event-store-append-cases.ts'
import { newEvent, newEvents, newStream } from './new-event.ts'
import type { MakePlace } from './place.ts'
import { useSharedStore, useStore } from './place.ts'

const idsOf = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id)

/** Whatever JSON and bytes may hold, and what stores have been known to change. */
const contents: Readonly<Record<string, Partial<NewEvent>>> = {
  'an empty object': { data: {} },
  'text of all planes': {
    data: { text: 'Grüße, 你好, 👩‍👩‍👧, e\u0301, \u0000, \u2028, "quoted" \\ ' },
  },
  'nested lists, null, true and numbers': {
    data: {
      a: [1, [2, null], { b: true }],
      micros: 1_790_000_000_000_001,
      f: -0.5,
      big: 2 ** 53 - 1,
    },
  },
  'no sealed part': { sealed: null },
  'an empty sealed part': { sealed: new Uint8Array(0) },
  'every byte': { sealed: Uint8Array.from({ length: 256 }, (_, byte) => byte) },
  'a window into a larger buffer': { sealed: Buffer.from('xxsealedxx').subarray(2, 8) },
  'sixty thousand bytes': { sealed: new Uint8Array(60_000).fill(0xff) },
  'another type and version': { type: 'Corrected', schemaVersion: 12 },
}

const streams = [
  'groups',
  'disclosure-2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  'subject-019b0000-0000-7000-8000-000000000001',
  'subject-019B0000-0000-7000-8000-000000000001',
  'subject-of-no-uuid',
  'subject-',
  'größe 👋',
]

export function readCases(makePlace: MakePlace<EventStore>): void {
  const { open } = useStore(makePlace)
  pagingCases(open)
  describe('of any content', () => contentCases(useSharedStore(makePlace)))

  test('keeps streams of all names apart', async () => {
    const store = await open()
    for (const stream of streams) await store.append(stream, newEvents(2))
    for (const stream of streams) {
      const events = await store.readStream(stream)
      expect(events.map((event) => event.stream)).toEqual([stream, stream])
    }
    const all = await store.readAll(null, 100)
    expect(all.map(({ stream }) => stream)).toEqual(streams.flatMap((stream) => [stream, stream]))
  })

  test('a stream that nobody wrote to is empty', async () => {
    const store = await open()
    await store.append(newStream(), newEvents(1))
    expect(await store.readStream(newStream())).toEqual([])
  })

  test('the head is the position of the last event', async () => {
    const store = await open()
    expect(await store.head()).toBeNull()
    const placed = placedOf(await store.append(newStream(), newEvents(3)))
    expect(await store.head()).toBe(placed.at(-1)?.position)
  })

  test('the head is never ahead of what can be read', async () => {
    const store = await open()
    const appending = Promise.all(newEvents(50).map((event) => store.append(newStream(), [event])))
    for (let turn = 0; turn < 20; turn += 1) {
      const head = await store.head()
      const read = await store.readAll(null, 100)
      expect(read.map(({ position }) => position)).toContain(head)
    }
    await appending
  })

  test('refuses a position of another log', async () => {
    const store = await open()
    const [placed] = placedOf(await store.append(newStream(), newEvents(1)))
    expect(placed?.position).toContain(store.logId)
    const foreign = placed?.position.replace(store.logId, '0badc0de') as Position
    await expect(store.readAll(foreign, 10)).rejects.toThrow(store.logId)
    await expect(store.readAllClear(foreign, 10)).rejects.toThrow(store.logId)
    await expect(store.readBackwards(foreign, 10)).rejects.toThrow(store.logId)
    await expect(store.readAll('nonsense' as Position, 10)).rejects.toThrow(store.logId)
  })
}

function contentCases(open: () => Promise<EventStore>): void {
  test.each(Object.entries(contents))('gives back %s as it was written', async (_, changes) => {
    const store = await open()
    const before = await store.head()
    const stream = newStream()
    const event = newEvent(changes)
    const [placed] = placedOf(await store.append(stream, [event]))
    const [found] = await store.readStream(stream)
    const sealed = event.sealed === null ? null : Buffer.from(event.sealed).toString('hex')
    expect({
      ...found,
      sealed: found?.sealed ? Buffer.from(found.sealed).toString('hex') : found?.sealed,
    }).toEqual({ ...event, sealed, stream, revision: 0, position: placed?.position })
    expect(await store.readAll(before, 1)).toEqual([found])
    expect(await store.readAllClear(before, 1)).toEqual([{ ...found, sealed: null }])
    expect(await store.readBackwards(null, 1)).toEqual([found])
  })
}

function pagingCases(open: () => Promise<EventStore>): void {
  test('pages through the log forwards', async () => {
    const store = await open()
    const events = newEvents(10)
    await store.append(newStream(), events)
    expect(idsOf(await store.readAll(null, 4))).toEqual(idsOf(events.slice(0, 4)))
    const fourth = (await store.readAll(null, 4)).at(-1)?.position ?? null
    expect(idsOf(await store.readAll(fourth, 4))).toEqual(idsOf(events.slice(4, 8)))
    expect(idsOf(await store.readAll(fourth, 100))).toEqual(idsOf(events.slice(4)))
    expect(await store.readAll(await store.head(), 10)).toEqual([])
  })

  test('gives the same pages without what is sealed', async () => {
    const store = await open()
    await store.append(newStream(), newEvents(10))
    const page = await store.readAll(null, 4)
    const clear = page.map((event) => ({ ...event, sealed: null }))
    expect(await store.readAllClear(null, 4)).toEqual(clear)
    const fourth = page.at(-1)?.position ?? null
    const rest = await store.readAll(fourth, 100)
    expect(idsOf(await store.readAllClear(fourth, 100))).toEqual(idsOf(rest))
    expect(await store.readAllClear(await store.head(), 10)).toEqual([])
  })

  test('pages through the log backwards, newest first', async () => {
    const store = await open()
    const events = newEvents(10)
    await store.append(newStream(), events)
    const newestFirst = idsOf(events).toReversed()
    const page = await store.readBackwards(null, 4)
    expect(idsOf(page)).toEqual(newestFirst.slice(0, 4))
    const rest = await store.readBackwards(page.at(-1)?.position ?? null, 100)
    expect(idsOf(rest)).toEqual(newestFirst.slice(4))
    expect(await store.readBackwards(rest.at(-1)?.position ?? null, 10)).toEqual([])
  })

  test('pages without a gap while others append', async () => {
    const store = await open()
    const written: NewEvent[] = []
    let isWriting = true
    const writing = (async () => {
      for (let turn = 0; turn < 40; turn += 1) {
        const events = newEvents(8)
        written.push(...events)
        await Promise.all(events.map((event) => store.append(newStream(), [event])))
      }
      isWriting = false
    })()
    const read: RecordedEvent[] = []
    for (;;) {
      const wasWriting = isWriting
      const page = await store.readAll(read.at(-1)?.position ?? null, 7)
      read.push(...page)
      if (page.length === 0 && !wasWriting) break
      if (page.length === 0) await new Promise(setImmediate)
    }
    await writing
    expect(idsOf(read)).toEqual(idsOf(written))
  })
}
