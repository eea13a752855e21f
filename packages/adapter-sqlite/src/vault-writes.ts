import type { DatabaseSync } from 'node:sqlite'
import { bytesOf, latin1 } from './binary.ts'
import { uuidBytes, uuidText } from './uuid-bytes.ts'
import type { Writes } from './write-group.ts'

/** A new subject on its way to the thread, its bytes as text. */
export type SentSubject = readonly [
  subject: string,
  kind: string,
  addressHash: string,
  sealedAddress: string,
  wrappedKey: string,
]

export type VaultRequest =
  | readonly ['secrets', wrappedPepper: string]
  | readonly [
      'claim',
      eventId: string,
      subject: string,
      digest: string,
      newSubjects: readonly SentSubject[],
    ]

export type VaultReply =
  | null
  | 'raced'
  | readonly ['claimed', number: number]
  | readonly ['taken', number: number, subject: string, digest: string]

/** What the vault's thread can do: claim event ids and keep the secrets of a new vault. */
export function vaultWrites(database: DatabaseSync): Writes<VaultRequest, VaultReply> {
  const readMark = database.prepare('SELECT number FROM high_water_mark')
  const writeMark = database.prepare('UPDATE high_water_mark SET number = ?')
  const findClaim = database.prepare(
    'SELECT number, subject, digest FROM claims WHERE event_id = ?',
  )
  const findAddress = database.prepare('SELECT 1 FROM addresses WHERE address_hash = ?')
  const addClaim = database.prepare(
    'INSERT INTO claims (event_id, number, subject, digest) VALUES (?, ?, ?, ?)',
  )
  const addAddress = database.prepare('INSERT INTO addresses (address_hash, subject) VALUES (?, ?)')
  const addSubject = database.prepare(
    'INSERT INTO subjects (subject, kind, sealed_address, wrapped_key) VALUES (?, ?, ?, ?)',
  )
  const addSecrets = database.prepare(
    'INSERT INTO secrets (only_row, wrapped_pepper) VALUES (1, ?)',
  )
  findClaim.setReturnArrays(true)

  let mark = 0
  let markBefore = 0

  const claim = (
    eventId: string,
    subject: string,
    digest: string,
    newSubjects: readonly SentSubject[],
  ): VaultReply => {
    const id = uuidBytes(eventId)
    const held = findClaim.get(id) as unknown as
      readonly [number: number, subject: Uint8Array, digest: Uint8Array] | undefined
    if (held !== undefined) return ['taken', held[0], uuidText(held[1]), latin1(held[2])]
    const hashes = newSubjects.map(([, , addressHash]) => bytesOf(addressHash))
    if (hashes.some((hash) => findAddress.get(hash) !== undefined)) return 'raced'
    for (const [index, [newSubject, kind, , sealedAddress, wrappedKey]] of newSubjects.entries()) {
      const newId = uuidBytes(newSubject)
      addAddress.run(hashes[index] ?? null, newId)
      addSubject.run(newId, kind, bytesOf(sealedAddress), bytesOf(wrappedKey))
    }
    addClaim.run(id, mark + 1, uuidBytes(subject), bytesOf(digest))
    mark += 1
    return ['claimed', mark]
  }

  return {
    begin: () => {
      markBefore = Number(readMark.get()?.['number'])
      mark = markBefore
    },
    run: (request) => {
      if (request[0] === 'claim') return claim(request[1], request[2], request[3], request[4])
      addSecrets.run(bytesOf(request[1]))
      return null
    },
    end: () => {
      if (mark !== markBefore) writeMark.run(mark)
    },
  }
}
