import { subjectStream } from '@ledger/domain'
import { openEvent } from '@ledger/ledger'
import type { TestLedger } from './open-test-ledger.ts'

type Key = { readonly kind: string; readonly value: string }

/**
 * What is sealed in the stream of an address, opened with that address's key; null where it stays
 * shut.
 */
export async function openedParts({ ledger, vault, store, subjectOf }: TestLedger, address: Key) {
  const subject = await subjectOf(address)
  const [entry] = await vault.findBySubject([subject])
  if (!entry?.envelope) throw new Error('the subject has no key')
  const { dataKey } = ledger.keyring.unwrap(entry.envelope, subject)
  const events = await store.readStream(subjectStream(subject))
  return events.map(({ sealed, ...place }) =>
    sealed === null ? null : openEvent(dataKey, place, sealed),
  )
}
