import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openReading, openWriting, prepareDatabase } from './database.ts'
import { vaultFile } from './file-kind.ts'
import { claimsByEventId, keyReader, subjectsByAddress } from './recent-keys.ts'
import { uuidText } from './uuid-bytes.ts'
import type { VaultReply, VaultRequest } from './vault-writes.ts'
import { vaultWrites } from './vault-writes.ts'
import type { GroupAnswer } from './write-group.ts'
import { runAfterwards, runGroup } from './write-group.ts'

/** So few that the keys of nearly every group are settled. */
const recentMax = 20

const bytes = (name: string): Buffer => createHash('sha256').update(name).digest().subarray(0, 16)
const uuid = (name: string): string => uuidText(bytes(name))

const claimOf = (event: number, address: number | null): VaultRequest => [
  'claim',
  uuid(`event ${event}`),
  uuid(`subject of ${address}`),
  bytes(`digest ${event}`).toString('latin1'),
  address === null
    ? []
    : [[uuid(`subject ${event}`), 'phone', bytes(`address ${address}`).toString('latin1'), 'x']],
]

function given() {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-vault-'))
  const path = join(folder, 'vault.db')
  prepareDatabase(path, vaultFile)
  const opened: DatabaseSync[] = []
  onTestFinished(() => {
    for (const database of opened) database.close()
    rmSync(folder, { recursive: true })
  })
  const open = () => {
    const database = openWriting(path, vaultFile)
    opened.push(database)
    const writes = vaultWrites(database, recentMax)
    const run = (...requests: VaultRequest[]): GroupAnswer<VaultReply> => {
      const answer = runGroup(database, writes, requests)
      runAfterwards(database, writes)
      return answer
    }
    return { database, writes, run }
  }
  const openReader = () => {
    const database = openReading(path, vaultFile)
    opened.push(database)
    return database
  }
  return { open, openReader }
}

const count = (database: DatabaseSync, table: string): number =>
  Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'])

const repliesOf = (answer: GroupAnswer<VaultReply>) => {
  if (!answer.ok) throw new Error(answer.message)
  return answer.replies
}

/** Numbers that look random and are the same in every run. */
function* sequence(seed: number): Generator<number, never> {
  let state = seed
  while (true) {
    state = (state * 48_271) % 2_147_483_647
    yield state
  }
}

// What a vault with one table and plain unique keys would answer.
function modelOf() {
  const claims = new Map<number, number>()
  const addresses = new Set<number>()
  return (event: number, address: number | null): unknown => {
    const number = claims.get(event)
    if (number !== undefined) return ['taken', number]
    if (address !== null && addresses.has(address)) return 'raced'
    claims.set(event, claims.size + 1)
    if (address !== null) addresses.add(address)
    return ['claimed', claims.size]
  }
}

const shortOf = (reply: VaultReply): unknown =>
  Array.isArray(reply) ? (reply as unknown[]).slice(0, 2) : reply

test('answers as plain unique keys would, over restarts, refusals and a second writer', () => {
  const { open, openReader } = given()
  const model = modelOf()
  const random = sequence(20_261_123)
  const next = (below: number): number => random.next().value % below
  let vault = open()
  let other = open()
  for (let turn = 0; turn < 150; turn += 1) {
    const asked = Array.from({ length: 1 + next(8) }, () => {
      const address = next(3) === 0 ? null : next(400)
      return [next(600), address] as const
    })
    const requests = asked.map(([event, address]) => claimOf(event, address))
    // A request that is refused has the whole group undone and run again.
    const bad: VaultRequest = ['claim', 'no uuid', uuid('somebody'), '', []]
    const position = next(5) === 0 ? next(requests.length + 1) : -1
    const group = position < 0 ? requests : requests.toSpliced(position, 0, bad)
    const writer = next(4) === 0 ? other : vault
    const replies = repliesOf(writer.run(...group))
    const own = position < 0 ? replies : replies.toSpliced(position, 1)
    expect(own.map(shortOf)).toEqual(asked.map(([event, address]) => model(event, address)))
    if (next(20) === 0) vault = open()
    if (next(20) === 0) other = open()
  }
  const database = openReader()
  expect(count(database, 'claims')).toBeGreaterThan(300)
  expect(count(database, 'claims_by_event_id')).toBeGreaterThan(200)
  expect(count(database, 'subjects_by_address')).toBeGreaterThan(100)
})

test('a settled claim is told with its subject and digest, as one that waits is', () => {
  const { open } = given()
  const { run, database } = open()
  const events = Array.from({ length: 60 }, (_, event) => event)
  for (const event of events) run(claimOf(event, null))
  expect(count(database, 'claims_by_event_id')).toBeGreaterThan(0)
  expect(count(database, 'claims_by_event_id')).toBeLessThan(60)
  for (const event of events) {
    const digest = bytes(`digest ${event}`).toString('latin1')
    const taken = ['taken', event + 1, uuid('subject of null'), digest]
    expect(repliesOf(run(claimOf(event, null)))).toEqual([taken])
  }
})

test('a group that is lost leaves nothing in memory', () => {
  const { open } = given()
  const { run, database, writes } = open()
  run(claimOf(1, 1))
  const end = (): void => {
    throw new Error('the commit fails')
  }
  const lost = runGroup(database, { ...writes, end }, [claimOf(2, 2), claimOf(3, 3)])
  expect(lost).toMatchObject({ ok: false })
  expect(repliesOf(run(claimOf(2, 2), claimOf(3, 3)))).toEqual([
    ['claimed', 2],
    ['claimed', 3],
  ])
})

test('numbers of a group that was lost are not taken for settled', () => {
  const { open } = given()
  const { run, database, writes } = open()
  const waiting = Array.from({ length: recentMax + 5 }, (_, event) => claimOf(event, null))
  runGroup(database, writes, waiting)
  const end = (): void => {
    throw new Error('the commit fails')
  }
  const late = Array.from({ length: 40 }, (_, event) => claimOf(100 + event, null))
  runGroup(database, { ...writes, end }, late)
  for (let range = 0; range < 16; range += 1) runAfterwards(database, writes)
  run(...late)
  const again = repliesOf(open().run(...late))
  expect(again.map(shortOf)).toEqual(late.map((_, index) => ['taken', recentMax + 6 + index]))
})

test('a reader finds what waits, what is settled, and what comes after it looked', () => {
  const { open, openReader } = given()
  const { run } = open()
  const database = openReader()
  const find = database.prepare('SELECT number FROM subjects_by_address WHERE key = ?')
  const reader = keyReader(database, subjectsByAddress, 30)
  const numberOf = (address: number): unknown => {
    const key = bytes(`address ${address}`)
    return reader.findRecent(key.toString('hex')) ?? find.get(key)?.['number']
  }
  for (let address = 0; address < 120; address += 1) {
    expect(numberOf(address)).toBeUndefined()
    run(claimOf(address, address))
    reader.refresh()
    expect(numberOf(address)).toBe(address + 1)
    expect(numberOf(address >> 1)).toBe((address >> 1) + 1)
  }
})

test('the same address twice in one claim is a mistake, and fails alone', () => {
  const { open } = given()
  const { run } = open()
  const [name, eventId, subject, digest, people] = claimOf(1, 1) as VaultRequest & { 0: 'claim' }
  const twice: VaultRequest = [name, eventId, subject, digest, [...people, ...people]]
  const answer = run(claimOf(2, 2), twice, claimOf(3, 3))
  expect(answer).toMatchObject({ ok: true, refusals: [[1, 'expected each address once']] })
})

const attacks = {
  'UPDATE of a claim': "UPDATE claims SET digest = x'00' WHERE number = 1",
  'DELETE of a claim': 'DELETE FROM claims WHERE number = 1',
  'REPLACE of a claim': `INSERT OR REPLACE INTO claims (number, event_id, subject, digest)
    VALUES (1, zeroblob(16), zeroblob(16), x'00')`,
  'UPDATE of a key': 'UPDATE claims_by_event_id SET number = 7',
  'DELETE of a key': 'DELETE FROM claims_by_event_id',
  'REPLACE of a key': `INSERT OR REPLACE INTO claims_by_event_id (key, number)
    SELECT key, 7 FROM claims_by_event_id`,
  'other secrets': "INSERT OR REPLACE INTO secrets (only_row, wrapped) VALUES (1, x'00')",
}

test.for(Object.entries(attacks))('a vault refuses %s', ([_, sql]) => {
  const { open, openReader } = given()
  const { run, database } = open()
  run(['secrets', 'a wrapped pepper'])
  for (let event = 0; event < 40; event += 1) run(claimOf(event, null))
  expect(count(openReader(), claimsByEventId.index)).toBeGreaterThan(0)
  expect(() => database.exec(sql)).toThrow(/never changes|has its secrets/)
})
