import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { EventId } from '@ledger/domain'
import { openSqliteEventStore, openSqliteVault } from '@ledger/adapter-sqlite'
import type { RecordedEvent } from '@ledger/ledger'
import { expect } from 'vitest'
import type { Said } from './appending-child.ts'
import { newClaim, newPerson } from './new-person.ts'

async function readWhole(path: string): Promise<readonly RecordedEvent[]> {
  const store = await openSqliteEventStore({ path })
  try {
    return await store.readAll(null, 1_000_000)
  } finally {
    await store.close()
  }
}

function integrityOf(path: string): unknown {
  const database = new DatabaseSync(path)
  try {
    return database.prepare('PRAGMA integrity_check').all()
  } finally {
    database.close()
  }
}

/** Every acknowledged event stands exactly once where it was said to stand, and nothing is torn. */
function expectEventsKept(events: readonly RecordedEvent[], said: readonly Said[]): void {
  const placeOf = new Map(events.map(({ id, position }) => [id as string, position as string]))
  expect(placeOf.size).toBe(events.length)
  const appended = said.filter((each) => each.said === 'appended')
  for (const { ids, positions } of appended) {
    expect(ids.map((id) => placeOf.get(id))).toEqual(positions)
  }
  const stamps = events.map(({ recordedAt }) => recordedAt)
  expect(stamps.toSorted((a, b) => a - b)).toEqual(stamps)
  const streams = Map.groupBy(events, ({ stream }) => stream)
  for (const inStream of streams.values()) {
    expect(inStream.map(({ revision }) => revision)).toEqual(inStream.map((_, index) => index))
  }
}

/** Every acknowledged claim is still taken, under its number, and numbers go on behind the last. */
async function expectClaimsKept(path: string, said: readonly Said[]): Promise<void> {
  const vault = await openSqliteVault({ path })
  try {
    const claims = said.filter((each) => each.said === 'claimed')
    const numbers = claims.map(({ number }) => number)
    const mark = await vault.highWaterMark()
    expect(mark).toBeGreaterThanOrEqual(Math.max(0, ...numbers))
    expect(new Set(numbers).size).toBe(numbers.length)
    const again = await Promise.all(
      claims.map(({ eventId }) =>
        vault.claim(newClaim(newPerson(), { eventId: eventId as EventId })),
      ),
    )
    expect(again.map((each) => each.outcome === 'taken' && each.number)).toEqual(numbers)
    expect(await vault.highWaterMark()).toBe(mark)
  } finally {
    await vault.close()
  }
}

/**
 * Holds the files of an `appending-child` to all that it printed.
 * @returns the ids of all events in the log
 */
export async function expectAllKept(
  folder: string,
  said: readonly Said[],
): Promise<readonly string[]> {
  const events = await readWhole(join(folder, 'log.db'))
  expectEventsKept(events, said)
  await expectClaimsKept(join(folder, 'vault.db'), said)
  for (const file of ['log.db', 'vault.db']) {
    expect(integrityOf(join(folder, file))).toEqual([{ integrity_check: 'ok' }])
  }
  return events.map(({ id }) => id)
}
