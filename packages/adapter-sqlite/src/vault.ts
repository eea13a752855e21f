import type { DatabaseSync } from 'node:sqlite'
import type { SubjectId } from '@ledger/domain'
import type { ClaimResult, NewSubject, SubjectEntry, Vault } from '@ledger/ledger'
import { bytesOf, hexOf, latin1 } from './binary.ts'
import { openReading, prepareDatabase } from './database.ts'
import { vaultFile } from './file-kind.ts'
import { recentMaxDefault } from './key-index.ts'
import { reading } from './reading.ts'
import { keyReader, subjectsByAddress } from './recent-keys.ts'
import type { KeyReader } from './recent-keys.ts'
import { uuidBytes, uuidOfHex } from './uuid-bytes.ts'
import type { SentSubject, VaultReply, VaultRequest } from './vault-writes.ts'
import { openWriter } from './writer.ts'

type SubjectRow = readonly [subjectHex: string, kind: string, envelope: Uint8Array | null]

/** The reading half of a vault. */
export type VaultReader = Pick<
  Vault,
  'readSecrets' | 'findByAddress' | 'findBySubject' | 'highWaterMark'
>

function readVault(database: DatabaseSync, addresses: KeyReader): VaultReader {
  // As hex, because making a Uint8Array costs more than the rest of the row.
  const columns = 'lower(hex(subject)), kind, envelope'
  const byNumber = database.prepare(`SELECT ${columns} FROM subjects WHERE number = ?`)
  const byAddress = database.prepare(
    `SELECT ${columns} FROM subjects_by_address JOIN subjects USING (number) WHERE key = ?`,
  )
  const bySubject = database.prepare(`SELECT ${columns} FROM subjects WHERE subject = ?`)
  const readSecrets = database.prepare('SELECT wrapped_pepper FROM secrets')
  const readMark = database.prepare('SELECT coalesce(max(number), 0) FROM claims')
  const begin = database.prepare('BEGIN')
  const commit = database.prepare('COMMIT')
  for (const statement of [byNumber, byAddress, bySubject, readSecrets, readMark]) {
    statement.setReturnArrays(true)
  }
  const find = (statement: typeof byAddress, key: Uint8Array | number): SubjectEntry | null => {
    const row = statement.get(key) as unknown as SubjectRow | undefined
    if (row === undefined) return null
    const [subjectHex, kind, envelope] = row
    return { subject: uuidOfHex(subjectHex) as SubjectId, kind, envelope }
  }
  const findByAddress = (hash: Uint8Array): SubjectEntry | null => {
    const number = addresses.findRecent(hexOf(hash))
    return number === undefined ? find(byAddress, hash) : find(byNumber, number)
  }
  return {
    readSecrets: () =>
      reading(() => {
        const row = readSecrets.get() as unknown as [Uint8Array] | undefined
        return row === undefined ? null : { wrappedPepper: row[0] }
      }),
    findByAddress: (hashes) =>
      reading(() => {
        if (hashes.length === 1) return hashes.map(findByAddress)
        // One read transaction for all: one for each would lock and unlock the file anew, 2 us.
        begin.run()
        try {
          return hashes.map(findByAddress)
        } finally {
          commit.run()
        }
      }),
    findBySubject: (subjects) =>
      reading(() => subjects.map((subject) => find(bySubject, uuidBytes(subject)))),
    highWaterMark: () => reading(() => (readMark.get() as unknown as [number])[0]),
  }
}

/** Several times what can wait to be settled. */
const knownMax = 4 * recentMaxDefault

const sentSubject = (subject: NewSubject): SentSubject => [
  subject.subject,
  subject.kind,
  latin1(subject.addressHash),
  latin1(subject.envelope),
]

function claimResult(reply: VaultReply): ClaimResult {
  if (reply === 'raced') return { outcome: 'raced' }
  if (reply?.[0] === 'claimed') return { outcome: 'claimed', number: reply[1] }
  if (reply?.[0] !== 'taken') throw new Error('expected the result of a claim, found another')
  const [, number, subject, digest] = reply
  return { outcome: 'taken', number, subject: subject as SubjectId, digest: bytesOf(digest) }
}

/**
 * Opens the vault, creating it when there is none. Claims are written by a thread of its own, one
 * fsync for all that wait; reads run on the calling thread.
 * @throws IncompatibleDatabase when the file is another one, or a newer one
 */
export async function openSqliteVault({ path }: { readonly path: string }): Promise<Vault> {
  prepareDatabase(path, vaultFile)
  const database = openReading(path, vaultFile)
  const addresses = keyReader(database, subjectsByAddress, knownMax)
  const opening = openWriter<VaultRequest, VaultReply>(
    { kind: 'vault', path },
    { onWritten: addresses.refresh },
  )
  const writer = await opening.catch((error: unknown) => {
    database.close()
    throw error
  })
  let closed: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await writer.settled()
    database.close()
    await writer.close()
  }
  return {
    ...readVault(database, addresses),
    createSecrets: async ({ wrappedPepper }) => {
      await writer.send(['secrets', latin1(wrappedPepper)])
    },
    claim: async ({ eventId, subject, digest, newSubjects }) => {
      const subjects = newSubjects.map(sentSubject)
      return claimResult(await writer.send(['claim', eventId, subject, latin1(digest), subjects]))
    },
    isWriteStopped: writer.isStopped,
    close: () => (closed ??= close()),
  }
}

/**
 * Opens a vault that exists for reading alone: for whoever opens sealed events on another thread.
 * @throws IncompatibleDatabase when the file is no vault of this version
 */
export async function openSqliteVaultReader({
  path,
}: {
  readonly path: string
}): Promise<VaultReader & { close(): Promise<void> }> {
  const database = openReading(path, vaultFile)
  const addresses = keyReader(database, subjectsByAddress, knownMax)
  const reader = readVault(database, addresses)
  let isOpen = true
  return {
    ...reader,
    findByAddress: (hashes) => {
      addresses.refresh()
      return reader.findByAddress(hashes)
    },
    close: async () => {
      if (isOpen) database.close()
      isOpen = false
    },
  }
}
