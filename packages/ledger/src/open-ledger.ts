import type { EventData, Micros, Policy, Position, Signal } from '@ledger/domain'
import { defaultPolicy } from '@ledger/domain'
import type { AddressBook } from './address-book.ts'
import { addressBook } from './address-book.ts'
import { adoptPolicy } from './adopt-policy.ts'
import type { Desk } from './desk.ts'
import { disclosureKeeper } from './disclosures.ts'
import type { EventReader, EventStore } from './event-store.ts'
import type { GroupCatalogue } from './group-catalogue.ts'
import { openGroupCatalogue } from './group-catalogue.ts'
import type { Keyring } from './keyring.ts'
import { openKeyring } from './keyring.ts'
import { noteLogPositions } from './note-log-positions.ts'
import { record } from './record.ts'
import type { RecordOutcome } from './record-outcome.ts'
import { recordingClock } from './recording-clock.ts'
import type { Vault } from './vault.ts'

/**
 * Said when the vault misses claims that the log holds: a restored, older copy. It must not serve.
 */
export class VaultOlderThanLog extends Error {
  constructor(logClaim: number, vaultClaim: number) {
    super(`the log knows claim ${logClaim}, the vault only ${vaultClaim}: restore a newer vault`)
    this.name = 'VaultOlderThanLog'
  }
}

/**
 * Said when the log ends before a place that its vault has seen: an older copy of it. What was
 * recorded behind its end, opt-outs too, is gone, so it must not serve.
 */
export class LogOlderThanVault extends Error {
  constructor(logEnd: Position | null, seen: Position) {
    const ends = logEnd === null ? 'is empty' : `ends at ${logEnd}`
    super(
      `the log ${ends}, but its vault has seen it at ${seen}: restore the newer log; ` +
        'if there is none, `npm run ledger -- accept-loss` goes on without what is missing',
    )
    this.name = 'LogOlderThanVault'
  }
}

/**
 * A proof of how far the log goes: every event recorded at or before `at` stands at or below
 * `position`, and none will ever be added.
 */
export type Fence = { readonly at: Micros; readonly position: Position | null }

/** The write path with everything it needs. */
export type Ledger = {
  readonly record: (signal: Signal) => Promise<RecordOutcome>
  readonly groups: GroupCatalogue
  readonly book: AddressBook
  readonly keyring: Keyring
  readonly policy: Policy
  readonly fence: () => Promise<Fence>
}

export type OpenLedgerOptions = {
  readonly store: EventStore
  readonly vault: Vault
  readonly desk: Desk
  /** 32 bytes. */
  readonly masterKey: Uint8Array
  readonly policy?: Policy
  /** The machine's clock. */
  readonly now: () => Micros
  /** How far `now` may be ahead of the time at this moment; by default it never is. */
  readonly clockDoubt?: () => Micros
}

/**
 * Opens the write path: checks that neither of vault and log is older than the other, opens the
 * keyring, adopts the policy, reads the groups.
 * @throws VaultOlderThanLog, LogOlderThanVault, VaultOfAnotherLog, WrongMasterKey
 */
export async function openLedger(options: OpenLedgerOptions): Promise<Ledger> {
  const { store, vault, desk, masterKey, now } = options
  const { policy = defaultPolicy, clockDoubt = () => 0 } = options
  const tail = await readTail(store)
  const vaultClaim = await vault.highWaterMark()
  if (tail.claim > vaultClaim) throw new VaultOlderThanLog(tail.claim, vaultClaim)
  const keyring = await openKeyring(masterKey, vault, store.logId)
  const seen = await vault.logPosition()
  const logEnd = await store.head()
  if (seen !== null && (logEnd === null || logEnd < seen)) throw new LogOlderThanVault(logEnd, seen)
  noteLogPositions({ store, vault, now })
  const clock = recordingClock(now, tail.recordedAt)
  await adoptPolicy(store, clock, policy)
  const groups = await openGroupCatalogue(store, clock)
  const book = addressBook(vault, keyring, () => now() / 1_000)
  const keepDisclosure = disclosureKeeper(store, clock)
  const parts = { store, vault, desk, keyring, book, groups, policy, keepDisclosure }
  const deps = { ...parts, clock, clockDoubt }
  return {
    record: (signal) => record(deps, signal),
    groups,
    book,
    keyring,
    policy,
    fence: async () => {
      // The stamp first: whatever is stamped earlier has been handed to the store already.
      const at = clock.stamp()
      return { at, position: await store.head() }
    },
  }
}

const tailPage = 1_000

/** The last recorded instant, and the highest claim among the last events that carry one. */
async function readTail(store: EventReader): Promise<{ recordedAt: Micros; claim: number }> {
  let page = await store.readBackwards(null, tailPage)
  const recordedAt = page[0]?.recordedAt ?? 0
  while (page.length > 0) {
    const claims = page.flatMap(({ data }) => (data as Partial<EventData<'OptedIn'>>).claim ?? [])
    if (claims.length > 0) return { recordedAt, claim: Math.max(...claims) }
    page = await store.readBackwards(page.at(-1)?.position ?? null, tailPage)
  }
  return { recordedAt, claim: 0 }
}
