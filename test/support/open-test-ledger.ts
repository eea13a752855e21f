import { join } from 'node:path'
import { openSqliteDesk, openSqliteEventStore, openSqliteVault } from '@ledger/adapter-sqlite'
import type { Policy, SubjectId } from '@ledger/domain'
import { defaultPolicy, normaliseAddress, subjectStream } from '@ledger/domain'
import type { Desk, EventStore, Ledger, RecordedEvent, RecordOutcome, Vault } from '@ledger/ledger'
import { openLedger } from '@ledger/ledger'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { defineGroups } from './groups.ts'
import type { CloudEvent } from './signals.ts'
import { toSignal } from './signals.ts'
import { makeTempFolder, tempFolder } from './temp-folder.ts'
import type { TestClock } from './test-clock.ts'
import { testClock } from './test-clock.ts'

/** The three stores of a write path. */
export type Stores = { readonly store: EventStore; readonly vault: Vault; readonly desk: Desk }

type Key = { readonly kind: string; readonly value: string }

/** A write path on SQLite files in a folder of its own, with a clock that the test holds. */
export type TestLedger = Stores & {
  readonly folder: string
  readonly clock: TestClock
  readonly ledger: Ledger
  /** Records what a producer posted. */
  readonly record: (event: CloudEvent) => Promise<RecordOutcome>
  /** The subject of an address; fails the test when there is none. */
  readonly subjectOf: (address: Key) => Promise<SubjectId>
  /** The stream of an address; empty when nothing was recorded under it. */
  readonly eventsOf: (address: Key) => Promise<readonly RecordedEvent[]>
  readonly close: () => Promise<void>
}

export type TestLedgerOptions = {
  readonly folder?: string
  readonly clock?: TestClock
  readonly masterKey?: Uint8Array
  readonly policy?: Policy
  /** Puts something in front of the stores, such as a fault. */
  readonly wrap?: (stores: Stores) => Partial<Stores>
}

export const testMasterKey = new Uint8Array(32).fill(7)

async function openStores(folder: string): Promise<Stores & { close(): Promise<void> }> {
  const at = (name: string) => ({ path: join(folder, name) })
  const [store, vault, desk] = await Promise.all([
    openSqliteEventStore(at('log.db')),
    openSqliteVault(at('vault.db')),
    openSqliteDesk(at('desk.db')),
  ])
  const close = async (): Promise<void> => {
    await Promise.all([store.close(), vault.close(), desk.close()])
  }
  return { store, vault, desk, close }
}

async function openLedgerIn(folder: string, options: TestLedgerOptions): Promise<TestLedger> {
  const { clock = testClock(), masterKey = testMasterKey, policy = defaultPolicy, wrap } = options
  const { close, ...opened } = await openStores(folder)
  const stores = { ...opened, ...wrap?.(opened) }
  const opening = openLedger({ ...stores, masterKey, policy, now: clock.now })
  const ledger = await opening.catch(async (error: unknown) => {
    await close()
    throw error
  })
  const find = async (address: Key): Promise<SubjectId | null> => {
    const [subject = null] = await ledger.book.find([normaliseAddress(address)])
    return subject
  }
  return {
    ...{ ...stores, folder, clock, ledger, close },
    record: (event) => ledger.record(toSignal(event)),
    subjectOf: async (address) => {
      const subject = await find(address)
      if (subject === null) throw new Error('nothing was recorded under this address')
      return subject
    },
    eventsOf: async (address) => {
      const subject = await find(address)
      return subject === null ? [] : stores.store.readStream(subjectStream(subject))
    },
  }
}

/** Opens a ledger for one test, in a new folder or in the one given; it closes with the test. */
export async function openTestLedger(options: TestLedgerOptions = {}): Promise<TestLedger> {
  const opened = await openLedgerIn(options.folder ?? tempFolder(), options)
  onTestFinished(opened.close)
  return opened
}

/**
 * One ledger with the groups of the small tenant for all tests of a file, which keep apart by using
 * addresses of their own: opening three files and their threads costs more than most tests.
 */
export function sharedTestLedger(): () => TestLedger {
  let shared: TestLedger | undefined
  let remove = (): void => {}
  beforeAll(async () => {
    const folder = makeTempFolder()
    remove = folder.remove
    shared = await openLedgerIn(folder.path, {})
    await defineGroups(shared.ledger.groups)
  })
  afterAll(async () => {
    await shared?.close()
    remove()
  })
  return () => {
    if (shared === undefined) throw new Error('the shared ledger is open within tests only')
    return shared
  }
}
