import type { NormalAddress, SubjectId } from '@ledger/domain'
import type { Keyring } from './keyring.ts'
import { uuidV7 } from './uuid.ts'
import type { NewSubject, SubjectEntry, Vault } from './vault.ts'

/** A subject with its data key in hand: found in the vault, or about to be created with a claim. */
export type ResolvedSubject = {
  readonly subject: SubjectId
  readonly kind: string
  readonly dataKey: Uint8Array
  /** The address as it was given; null when the subject was found by its id. */
  readonly given: string | null
  /** Present while the vault does not hold the subject yet. */
  readonly proposal?: NewSubject
}

/** Finds people by their addresses, and addresses by their people. */
export type AddressBook = {
  /** The subjects of these addresses, in the same order; null where nothing was ever recorded. */
  readonly find: (
    addresses: readonly Pick<NormalAddress, 'kind' | 'value'>[],
  ) => Promise<readonly (SubjectId | null)[]>
  /** The subject of an address, proposed when there is none yet; the claim makes it so. */
  readonly resolve: (address: NormalAddress) => Promise<ResolvedSubject>
  /** Subjects that are known by their ids, with their keys in hand; erased ones are left out. */
  readonly hold: (subjects: readonly SubjectId[]) => Promise<readonly ResolvedSubject[]>
  /** The addresses of these subjects as they were given; null where unknown or erased. */
  readonly reveal: (
    subjects: readonly SubjectId[],
  ) => Promise<readonly ({ readonly kind: string; readonly value: string } | null)[]>
}

export function addressBook(vault: Vault, keyring: Keyring, nowMs: () => number): AddressBook {
  const propose = (address: NormalAddress, addressHash: Uint8Array): ResolvedSubject => {
    const subject = uuidV7(nowMs()) as SubjectId
    const dataKey = keyring.newDataKey()
    const envelope = keyring.wrap(dataKey, address.given, subject)
    const { kind } = address
    const proposal = { subject, kind, addressHash, envelope }
    return { subject, kind, dataKey, given: address.given, proposal }
  }

  const revealOne = (entry: SubjectEntry | null) => {
    if (entry === null || entry.envelope === null) return null
    const { address } = keyring.unwrap(entry.envelope, entry.subject)
    return { kind: entry.kind, value: address }
  }

  return {
    find: async (addresses) => {
      const entries = await vault.findByAddress(addresses.map(keyring.addressHash))
      return entries.map((entry) => entry?.subject ?? null)
    },
    resolve: async (address) => {
      const addressHash = keyring.addressHash(address)
      const [entry] = await vault.findByAddress([addressHash])
      if (!entry || entry.envelope === null) return propose(address, addressHash)
      const { subject, kind, envelope } = entry
      const { dataKey } = keyring.unwrap(envelope, subject)
      return { subject, kind, dataKey, given: address.given }
    },
    hold: async (subjects) =>
      (await vault.findBySubject(subjects)).flatMap((entry) => {
        if (entry === null || entry.envelope === null) return []
        const { subject, kind, envelope } = entry
        return [{ subject, kind, dataKey: keyring.unwrap(envelope, subject).dataKey, given: null }]
      }),
    reveal: async (subjects) => (await vault.findBySubject(subjects)).map(revealOne),
  }
}
