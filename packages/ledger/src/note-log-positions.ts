import type { Micros } from '@ledger/domain'
import type { EventStore } from './event-store.ts'
import type { Vault } from './vault.ts'

/** The vault is told at most this often: one more durable write a second is lost in the others. */
const noteEveryMicros = 1_000_000

/**
 * Tells the vault, now and then, how far the log goes, so that a start beside an older copy of the
 * log is noticed. A note that fails is no failure of the ledger: the next one says more.
 */
export function noteLogPositions({
  store,
  vault,
  now,
}: {
  readonly store: Pick<EventStore, 'head' | 'onAppended'>
  readonly vault: Pick<Vault, 'noteLogPosition'>
  readonly now: () => Micros
}): void {
  let notedAt = -Infinity
  const note = async (): Promise<void> => {
    const head = await store.head()
    if (head !== null) await vault.noteLogPosition(head)
  }
  store.onAppended(() => {
    const at = now()
    if (at - notedAt < noteEveryMicros) return
    notedAt = at
    note().catch(() => {})
  })
}
