import { join } from 'node:path'
import {
  openSqliteEventReader,
  openSqliteEventStore,
  openSqliteVault,
  openSqliteVaultReader,
} from '@ledger/adapter-sqlite'
import { Outage } from '@ledger/ledger'
import { expect, onTestFinished, test } from 'vitest'
import { tempFolder } from '../support/temp-folder.ts'
import { newEvents, newStream } from './new-event.ts'
import { newClaim, newPerson } from './new-person.ts'

async function openLog() {
  const path = join(tempFolder(), 'log.db')
  const store = await openSqliteEventStore({ path })
  onTestFinished(() => store.close())
  return { path, store }
}

test('a reader of its own sees what the store has acknowledged', async () => {
  const { path, store } = await openLog()
  const reader = await openSqliteEventReader({ path })
  onTestFinished(() => reader.close())
  expect(reader.logId).toBe(store.logId)
  expect(await reader.head()).toBeNull()
  const stream = newStream()
  await store.append(stream, newEvents(3))
  expect(await reader.head()).toBe(await store.head())
  expect(await reader.readAll(null, 10)).toEqual(await store.readAll(null, 10))
  expect(await reader.readStream(stream)).toEqual(await store.readStream(stream))
  expect(await reader.readBackwards(null, 2)).toEqual(await store.readBackwards(null, 2))
})

test('a reader outlives the store, and reads a log that nobody writes', async () => {
  const { path, store } = await openLog()
  await store.append(newStream(), newEvents(2))
  const early = await openSqliteEventReader({ path })
  await store.close()
  const late = await openSqliteEventReader({ path })
  expect(await early.readAll(null, 10)).toHaveLength(2)
  expect(await late.readAll(null, 10)).toHaveLength(2)
  await early.close()
  await late.close()
  await expect(late.head()).rejects.toThrow(Outage)
})

test('a reader that stays in the middle of a page keeps nobody from writing', async () => {
  const { path, store } = await openLog()
  await store.append(newStream(), newEvents(10))
  const reader = await openSqliteEventReader({ path })
  onTestFinished(() => reader.close())
  const reading = reader.readAll(null, 5)
  await Promise.all(newEvents(200).map((event) => store.append(newStream(), [event])))
  expect(await reading).toHaveLength(5)
  expect(await reader.readAll(null, 1_000)).toHaveLength(210)
})

test('two stores on one file give one log: dense, and every event once', async () => {
  const { path, store } = await openLog()
  const other = await openSqliteEventStore({ path })
  onTestFinished(() => other.close())
  const stream = newStream()
  const events = newEvents(60)
  const results = await Promise.all(
    events.flatMap((event) => [store.append(stream, [event]), other.append(stream, [event])]),
  )
  const placed = results.flatMap((result) => (result.ok ? result.placed : []))
  expect(placed.filter(({ wasThere }) => !wasThere)).toHaveLength(60)
  const found = await store.readStream(stream)
  expect(found.map(({ revision }) => revision)).toEqual(events.map((_, index) => index))
  expect(new Set(found.map(({ id }) => id))).toEqual(new Set(events.map(({ id }) => id)))
})

test('a reader of a vault sees what was claimed', async () => {
  const path = join(tempFolder(), 'vault.db')
  const vault = await openSqliteVault({ path })
  onTestFinished(() => vault.close())
  const reader = await openSqliteVaultReader({ path })
  onTestFinished(() => reader.close())
  const person = newPerson()
  await vault.claim(newClaim(person, { newSubjects: [person] }))
  expect(await reader.highWaterMark()).toBe(1)
  const [found] = await reader.findByAddress([person.addressHash])
  expect(found?.subject).toBe(person.subject)
})
