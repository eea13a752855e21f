import type { DatabaseSync } from 'node:sqlite'
import { bytesOf, latin1 } from './binary.ts'
import { uuidBytes, uuidText } from './uuid-bytes.ts'
import type { Writes } from './write-group.ts'

/** A new subject on its way to the thread, its bytes as text. */
export type SentSubject = readonly [
  subject: string,
  kind: string,
  addressHash: string,
  envelope: string,
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
  const readMark = database.prepare('SELECT coalesce(max(number), 0) FROM claims')
  const findClaim = database.prepare(
    'SELECT number, subject, digest FROM claims WHERE event_id = ?',
  )
  const findAddress = database.prepare('SELECT 1 FROM subjects WHERE address_hash = ?')
  const addClaim = database.prepare(
    `INSERT INTO claims (number, event_id, subject, digest) VALUES (?, ?, ?, ?)
     ON CONFLICT (event_id) DO NOTHING`,
  )
  const addSubject = database.prepare(
    `INSERT INTO subjects (subject, address_hash, kind, envelope) VALUES (?, ?, ?, ?)`,
  )
  const addSecrets = database.prepare(
    'INSERT INTO secrets (only_row, wrapped_pepper) VALUES (1, ?)',
  )
  for (const statement of [readMark, findClaim]) statement.setReturnArrays(true)

  let mark = 0

  const taken = (eventId: Uint8Array): VaultReply | undefined => {
    const held = findClaim.get(eventId) as unknown as
      readonly [number: number, subject: Uint8Array, digest: Uint8Array] | undefined
    return held && ['taken', held[0], uuidText(held[1]), latin1(held[2])]
  }

  const claim = (
    eventId: string,
    subject: string,
    digest: string,
    newSubjects: readonly SentSubject[],
  ): VaultReply => {
    const id = uuidBytes(eventId)
    const hasAddress = ([, , addressHash]: SentSubject): boolean =>
      findAddress.get(bytesOf(addressHash)) !== undefined
    if (newSubjects.some(hasAddress)) return taken(id) ?? 'raced'
    const added = addClaim.run(mark + 1, id, uuidBytes(subject), bytesOf(digest))
    if (added.changes === 0) return taken(id) ?? 'raced'
    for (const [newSubject, kind, addressHash, envelope] of newSubjects) {
      addSubject.run(uuidBytes(newSubject), bytesOf(addressHash), kind, bytesOf(envelope))
    }
    mark += 1
    return ['claimed', mark]
  }

  return {
    begin: () => {
      mark = (readMark.get() as unknown as [number])[0]
    },
    run: (request) => {
      if (request[0] === 'claim') return claim(request[1], request[2], request[3], request[4])
      addSecrets.run(bytesOf(request[1]))
      return null
    },
    end: () => undefined,
  }
}
