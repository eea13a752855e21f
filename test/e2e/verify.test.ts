import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { definitions, defineGroup } from '../support/groups.ts'
import { openTestLedger, testMasterKey } from '../support/open-test-ledger.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import { acts, phoneOf } from '../support/signals.ts'
import { runCommand } from '../support/start-standalone.ts'
import { makeTempFolder, tempFolder } from '../support/temp-folder.ts'

const LEDGER_MASTER_KEY = Buffer.from(testMasterKey).toString('hex')

type Told = {
  readonly isWhole: boolean
  readonly events: number
  readonly claims: number
  readonly rows: number
  readonly wrong: number
  readonly notes: number
  readonly findings: readonly {
    readonly area: string
    readonly where: string
    readonly code: string
  }[]
}

async function verify(
  folder: string,
  env: Readonly<Record<string, string>> = { LEDGER_MASTER_KEY },
): Promise<Told & { readonly exit: number | null }> {
  const command = runCommand(folder, ['verify', '--json'], env)
  const { code } = await command.ended
  const { stdout, stderr } = command.said()
  if (stdout === '') throw new Error(`verify said nothing: ${stderr}`)
  return { ...(JSON.parse(stdout) as Told), exit: code }
}

const codesIn = ({ findings }: Told): readonly string[] =>
  [...new Set(findings.map(({ area, code }) => `${area}: ${code}`))].sort()

/** A ledger with a history, at rest; every test damages a copy of its own. */
const whole = makeTempFolder()
afterAll(whole.remove)

test('a ledger with a history is laid down for the tests below', async () => {
  const ledger = await openTestLedger({ folder: whole.path })
  for (const [id, definition] of Object.entries(definitions)) {
    await defineGroup(ledger.ledger.groups, id, definition)
  }
  for (let person = 0; person < 12; person += 1) {
    const phone = phoneOf(person)
    await ledger.record(acts.webOptIn(phone, 'offers', { externalId: `customer-${person}` }))
    ledger.clock.advance(2_000_000)
    if (person % 3 === 0) await ledger.record(acts.stop(phone))
    ledger.clock.advance(2_000_000)
  }
  const { catchUp, readModel } = await openTestReadModel(ledger)
  await catchUp()
  await readModel.close()
  await ledger.close()
  expect(readdirSync(whole.path)).toContain('read-model-1.db')
})

function copyOfWhole(): string {
  const folder = tempFolder()
  for (const name of readdirSync(whole.path)) {
    copyFileSync(join(whole.path, name), join(folder, name))
  }
  return folder
}

/** Does to a file what nobody may: past its triggers, on a connection of its own. */
function damage(folder: string, file: string, ...statements: readonly string[]): void {
  const database = new DatabaseSync(join(folder, file))
  const triggers = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()
  for (const { name } of triggers) database.exec(`DROP TRIGGER "${String(name)}"`)
  for (const statement of statements) database.exec(statement)
  database.close()
}

describe('verify', () => {
  test('of a whole ledger finds nothing, says how much it looked at, and exits with 0', async () => {
    const told = await verify(copyOfWhole())
    expect(told).toMatchObject({ exit: 0, isWhole: true, wrong: 0, notes: 0, findings: [] })
    expect(told.claims).toBe(16)
    expect(told.events).toBeGreaterThan(60)
    expect(told.rows).toBeGreaterThan(100)
  })

  test('without the master key says that sealed parts stayed closed', async () => {
    const told = await verify(copyOfWhole(), {})
    expect(told).toMatchObject({ exit: 0, isWhole: true })
    expect(codesIn(told)).toEqual(['vault: no-master-key'])
  })

  test('with the master key of another ledger says so', async () => {
    const told = await verify(copyOfWhole(), { LEDGER_MASTER_KEY: 'ab'.repeat(32) })
    expect(told).toMatchObject({ exit: 1, isWhole: false })
    expect(codesIn(told)).toEqual(['vault: wrong-master-key'])
  })

  test.for([
    ['an event that is gone', 'DELETE FROM events WHERE position = 20', 'log: position-gap'],
    [
      'two events of one instant',
      'UPDATE events SET recorded_at = recorded_at - 9000000000 WHERE position = 20',
      'log: stamp-order',
    ],
    [
      'a bit that flipped',
      'UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 20',
      'log: event-damaged',
    ],
    [
      'a type nobody knows',
      "UPDATE events SET type = 'Odd' WHERE position = 20",
      'log: unreadable-event',
    ],
    [
      'a revision that is missing',
      "UPDATE events SET revision = revision + 1 WHERE stream = 'groups' AND revision = 6",
      'log: revision-gap',
    ],
    [
      'an event that its stream holds twice',
      `INSERT INTO events SELECT (SELECT max(position) + 1 FROM events), stream, revision + 1,
         event_id, type, schema_version, recorded_at + 9000000000, data, sealed, checksum
       FROM events WHERE position = (SELECT max(position) FROM events)`,
      'log: doubled-event',
    ],
    [
      'a claim that names another event',
      "UPDATE events SET data = json_set(data, '$.claim', 1) WHERE data ->> '$.claim' = 2",
      'log: foreign-claim',
    ],
    [
      'a claim that never was',
      "UPDATE events SET data = json_set(data, '$.claim', 999) WHERE data ->> '$.claim' = 2",
      'log: missing-claim',
    ],
    [
      'a sealed part of which one byte is another',
      `UPDATE events SET sealed = CAST(substr(sealed, 1, 20) || x'00' || substr(sealed, 22) AS BLOB)
       WHERE position = 20`,
      'log: seal-unopened',
    ],
  ] as const)('names in the log %s', async ([_, statement, expected]) => {
    const folder = copyOfWhole()
    damage(folder, 'log.db', statement)
    const told = await verify(folder)
    expect(told.exit).toBe(1)
    expect(codesIn(told)).toContain(expected)
  })

  test.for([
    ['a claim that is gone', 'DELETE FROM claims WHERE number = 3', 'vault: claim-gap'],
    [
      'a claim of another subject',
      'UPDATE claims SET subject = (SELECT subject FROM claims WHERE number = 1) WHERE number = 5',
      'log: foreign-claim',
    ],
    [
      'a subject that is gone',
      'DELETE FROM subjects WHERE subject = (SELECT subject FROM claims WHERE number = 3)',
      'vault: claim-without-subject',
    ],
    [
      'an envelope of somebody else',
      `UPDATE subjects SET envelope = (SELECT envelope FROM subjects WHERE number = 1)
       WHERE number = 3`,
      'log: seal-unopened',
    ],
    [
      'a key that its index lacks',
      `INSERT INTO settled
       WITH RECURSIVE n(r) AS (SELECT 0 UNION ALL SELECT r + 1 FROM n WHERE r < 15)
       SELECT 'claims_by_event_id', r, 16 FROM n`,
      'vault: unindexed-key',
    ],
    [
      'that it has seen the log further than it goes',
      "UPDATE log_seen SET position = substr(position, 1, 9) || '0000000000009999'",
      'log: log-older-than-vault',
    ],
  ] as const)('names in the vault %s', async ([_, statement, expected]) => {
    const folder = copyOfWhole()
    damage(folder, 'vault.db', statement)
    const told = await verify(folder)
    expect(told.exit).toBe(1)
    expect(codesIn(told)).toContain(expected)
  })

  test('names every row of the read model that the log does not bear out, and no other', async () => {
    const folder = copyOfWhole()
    damage(
      folder,
      'read-model-1.db',
      `UPDATE members SET since = since + 1 WHERE state = 'subscribed'
         AND subject = (SELECT min(subject) FROM members WHERE state = 'subscribed')`,
      "UPDATE counts SET entered = entered + 1 WHERE state = 'subscribed' AND group_id = 'offers'",
      'DELETE FROM changes WHERE position = (SELECT max(position) FROM changes)',
      "INSERT INTO scopes VALUES ('group:nowhere', zeroblob(16))",
      "UPDATE subjects SET record = '{}' WHERE subject = (SELECT max(subject) FROM subjects)",
      "UPDATE groups SET definition = replace(definition, 'offers', 'offals') WHERE id = 'offers'",
    )
    const told = await verify(folder)
    expect(told.exit).toBe(1)
    const lines = told.findings.map(({ where, code }) => {
      const [table = ''] = where.split(' ')
      return `${code} ${table}${/ \(.*\)$/.exec(where)?.[0] ?? ''}`
    })
    expect([...new Set(lines)].sort()).toEqual([
      'row-differs counts (entered)',
      'row-differs groups (definition)',
      'row-differs members (since)',
      'row-differs subjects (record)',
      'row-missing changes',
      'row-unfounded scopes',
    ])
    expect(JSON.stringify(told)).not.toContain('+1202555')
  })

  test.for(['log', 'vault', 'desk', 'read-model-1'])(
    'names %s.db when it is garbled',
    async (name) => {
      const folder = copyOfWhole()
      const path = join(folder, `${name}.db`)
      const bytes = readFileSync(path)
      writeFileSync(
        path,
        Buffer.concat([bytes.subarray(0, 4_096), Buffer.alloc(4_096, 0xa5), bytes.subarray(8_192)]),
      )
      const told = await verify(folder)
      expect(told.exit).toBe(1)
      const area = name === 'read-model-1' ? 'read model' : name
      expect(codesIn(told)).toContain(`${area}: file-damaged`)
    },
  )
})
