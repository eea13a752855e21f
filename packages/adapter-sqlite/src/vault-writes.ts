import type { DatabaseSync } from 'node:sqlite'
import { bytesOf, latin1 } from './binary.ts'
import type { KeyIndex } from './key-index.ts'
import { keyIndex, recentMaxDefault } from './key-index.ts'
import { claimsByEventId, subjectsByAddress } from './recent-keys.ts'
import { uuidBytes, uuidText } from './uuid-bytes.ts'
import type { Writes } from './write-group.ts'

/** A new subject on its way to the thread, its bytes as text. */
export type SentSubject = readonly [
  subject: string,
  kind: string,
  addressHash: string,
  envelope: string,
]

type ClaimRequest = readonly [
  'claim',
  eventId: string,
  subject: string,
  digest: string,
  newSubjects: readonly SentSubject[],
]

/** New secrets; with `expected` they go in the place of those, and of no others. */
type SecretsRequest = readonly ['secrets', wrapped: string, expected?: string]

export type VaultRequest = SecretsRequest | readonly ['log-seen', position: string] | ClaimRequest

export type VaultReply =
  | null
  | 'raced'
  | 'replaced'
  | readonly ['claimed', number: number]
  | readonly ['taken', number: number, subject: string, digest: string]

function prepareStatements(database: DatabaseSync) {
  const last = database.prepare(
    `SELECT (SELECT coalesce(max(number), 0) FROM claims),
            (SELECT coalesce(max(number), 0) FROM subjects)`,
  )
  const claim = database.prepare('SELECT subject, digest FROM claims WHERE number = ?')
  const dataVersion = database.prepare('PRAGMA data_version')
  for (const statement of [last, claim, dataVersion]) statement.setReturnArrays(true)
  return {
    last,
    claim,
    dataVersion,
    addClaim: database.prepare(
      'INSERT INTO claims (number, event_id, subject, digest) VALUES (?, ?, ?, ?)',
    ),
    addSubject: database.prepare(
      `INSERT INTO subjects (number, subject, address_hash, kind, envelope)
       VALUES (?, ?, ?, ?, ?)`,
    ),
    addSecrets: database.prepare('INSERT INTO secrets (only_row, wrapped) VALUES (1, ?)'),
    replaceSecrets: database.prepare('UPDATE secrets SET wrapped = ? WHERE wrapped = ?'),
    noteLogSeen: database.prepare(
      `INSERT INTO log_seen (only_row, position) VALUES (1, ?)
       ON CONFLICT DO UPDATE SET position = excluded.position`,
    ),
  }
}

type Statements = ReturnType<typeof prepareStatements>

/** The numbers of the last claim and of the last subject, within the transaction. */
type LastNumbers = { readonly claim: number; readonly subject: number }

/** Claims event ids, on what `last` says is the end of both tables. */
function claimer(statements: Statements, claims: KeyIndex, subjects: KeyIndex) {
  const taken = (number: number): VaultReply => {
    const row = statements.claim.get(number) as unknown as readonly [Uint8Array, Uint8Array]
    return ['taken', number, uuidText(row[0]), latin1(row[1])]
  }
  return (last: LastNumbers, request: ClaimRequest): VaultReply => {
    const [, eventId, subject, digest, newSubjects] = request
    const id = uuidBytes(eventId)
    const key = id.toString('hex')
    const holder = claims.find(key)
    if (holder !== undefined) return taken(holder)
    const hashes = newSubjects.map(([, , addressHash]) => bytesOf(addressHash))
    const addresses = hashes.map((hash) => hash.toString('hex'))
    if (addresses.some((address) => subjects.find(address) !== undefined)) return 'raced'
    if (new Set(addresses).size < addresses.length) throw new Error('expected each address once')
    const number = last.claim + 1
    const firstSubject = last.subject + 1
    statements.addClaim.run(number, id, uuidBytes(subject), bytesOf(digest))
    for (const [index, [newSubject, kind, , envelope]] of newSubjects.entries()) {
      const [bytes, hash] = [uuidBytes(newSubject), hashes[index] ?? null]
      statements.addSubject.run(firstSubject + index, bytes, hash, kind, bytesOf(envelope))
    }
    claims.add(key, number)
    for (const [index, address] of addresses.entries()) subjects.add(address, firstSubject + index)
    return ['claimed', number]
  }
}

function putSecrets(
  { addSecrets, replaceSecrets }: Statements,
  [, wrapped, expected]: SecretsRequest,
): VaultReply {
  if (expected !== undefined) {
    const { changes } = replaceSecrets.run(bytesOf(wrapped), bytesOf(expected))
    return changes === 1 ? 'replaced' : null
  }
  addSecrets.run(bytesOf(wrapped))
  return null
}

/** What the vault's thread can do: claim event ids, keep the secrets, note how far the log goes. */
export function vaultWrites(
  database: DatabaseSync,
  recentMax = recentMaxDefault,
): Writes<VaultRequest, VaultReply> {
  const statements = prepareStatements(database)
  const claims = keyIndex(database, claimsByEventId, recentMax)
  const subjects = keyIndex(database, subjectsByAddress, recentMax)
  const claim = claimer(statements, claims, subjects)
  const readVersion = () => (statements.dataVersion.get() as unknown as [number])[0]
  let version = readVersion()
  let last: LastNumbers = { claim: 0, subject: 0 }

  const settleIfFull = (index: KeyIndex): void => {
    if (!index.isFull()) return
    database.exec('BEGIN IMMEDIATE')
    // Another connection may have settled the same range a moment ago.
    if (readVersion() !== version) return database.exec('ROLLBACK')
    const settled = index.settle()
    database.exec('COMMIT')
    settled()
  }

  return {
    begin: () => {
      const found = readVersion()
      if (found !== version) {
        claims.load()
        subjects.load()
        version = found
      }
      const [lastClaim, lastSubject] = statements.last.get() as unknown as [number, number]
      last = { claim: lastClaim, subject: lastSubject }
    },
    run: (request) => {
      if (request[0] === 'secrets') return putSecrets(statements, request)
      if (request[0] === 'log-seen') {
        statements.noteLogSeen.run(request[1])
        return null
      }
      const reply = claim(last, request)
      if (Array.isArray(reply) && reply[0] === 'claimed') {
        last = { claim: last.claim + 1, subject: last.subject + request[4].length }
      }
      return reply
    },
    committed: () => {
      claims.committed()
      subjects.committed()
    },
    undone: () => {
      claims.undone()
      subjects.undone()
    },
    afterwards: () => {
      settleIfFull(claims)
      settleIfFull(subjects)
    },
  }
}
