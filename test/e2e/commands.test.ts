import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { defineGroups } from '../support/groups.ts'
import { httpClient } from '../support/http-client.ts'
import { appendAsNewer, optedOut, streamOf } from '../support/newer-version.ts'
import { openTestLedger, testMasterKey } from '../support/open-test-ledger.ts'
import { rewriteChecksums } from '../support/rewrite-checksums.ts'
import { acts, newPhone } from '../support/signals.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

const env = { LEDGER_MASTER_KEY: Buffer.from(testMasterKey).toString('hex'), LOG_LEVEL: 'silent' }

type Item = Readonly<Record<string, unknown>>

/** Runs a command to its end; `json` is what it printed, when that is JSON. */
async function command(folder: string, ...args: readonly string[]) {
  const own = runCommand(folder, args, env)
  const { code } = await own.ended
  const { stdout, stderr } = own.said()
  const json = (stdout.startsWith('{') ? JSON.parse(stdout) : {}) as Item & { items?: Item[] }
  return { code, json, stderr }
}

/** Each command must do the same by the doors of a ledger that runs and on the files of none. */
const ways = [
  { way: 'with a ledger running', isRunning: true },
  { way: 'on the files', isRunning: false },
] as const

async function folderFor(isRunning: boolean, folder = tempFolder()): Promise<string> {
  const ledger = await startStandalone(folder, env)
  if (isRunning) return folder
  ledger.send('SIGTERM')
  await ledger.ended
  return folder
}

const definition = ['--name', 'Offers', '--channel', 'sms', '--brand', 'acme'] as const

const create = ['groups', 'create', 'offers', ...definition, '--purpose', 'marketing'] as const

describe('groups', () => {
  test('are created and archived on the files as well', async () => {
    const folder = await folderFor(false)
    expect((await command(folder, ...create)).code).toBe(0)
    expect((await command(folder, 'groups', 'archive', 'offers')).json['archived']).toBe(true)
    const listed = (await command(folder, 'groups')).json.items
    expect(listed).toMatchObject([{ id: 'offers', archived: true }])
  })

  test('are created, changed, archived and reopened while a ledger runs', async () => {
    const folder = await folderFor(true)
    const created = await command(folder, ...create, '--senders', '12345,+12025550100')
    expect(created).toMatchObject({ code: 0, json: { id: 'offers', doubleOptIn: false } })
    const again = await command(folder, ...create)
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('there is such a group')

    const more = ['--double-opt-in', '--confirm-within-days', '7']
    const put = await command(folder, 'groups', 'put', 'offers', ...more)
    const expected = {
      ...{ name: 'Offers', channel: 'sms', brand: 'acme', purpose: 'marketing' },
      ...{ doubleOptIn: true, confirmWithinDays: 7, senders: ['12345', '+12025550100'] },
    }
    expect(put.json).toMatchObject(expected)
    const fixed = await command(folder, 'groups', 'put', 'offers', '--brand', 'zenith')
    expect(fixed.code).toBe(1)
    expect(fixed.stderr).toContain('brand cannot be changed')
    expect((await command(folder, 'groups', 'put', 'offers', '--no-double-opt-in')).json).toEqual(
      expect.objectContaining({ ...expected, doubleOptIn: false }),
    )
    expect((await command(folder, 'groups', 'archive', 'offers')).json['archived']).toBe(true)
    expect((await command(folder, 'groups', 'list')).json.items).toMatchObject([{ id: 'offers' }])
    expect((await command(folder, 'groups', 'reopen', 'offers')).json['archived']).toBe(false)
    expect((await command(folder, 'groups', 'get', 'nowhere')).code).toBe(1)
  })
})

describe.each(ways)('keys, $way', ({ isRunning }) => {
  test('are rotated: the successor takes over all but the end of the old one', async () => {
    const folder = await folderFor(isRunning)
    const limits = ['--sources', 'urn:acme:web', '--expires-in-days', '30']
    const { json: old } = await command(
      ...[folder, 'keys', 'create', '--name', 'shop', '--scopes', 'intake,query', ...limits],
    )
    const id = String(old['id'])
    const { code, json } = await command(folder, 'keys', 'rotate', id, '--overlap-hours', '2')
    expect(code).toBe(0)
    const { name, scopes, sources, expiresAt } = old
    expect(json).toMatchObject({ name, scopes, sources, expiresAt })
    expect(json['id']).not.toBe(id)
    const end = Date.parse(String((json['old'] as Item)['expiresAt'])) - Date.now()
    expect(end).toBeGreaterThan(1.9 * 3_600_000)
    expect(end).toBeLessThanOrEqual(2 * 3_600_000)
    const listed = (await command(folder, 'keys', 'list')).json.items
    expect(listed?.map((key) => key['id'])).toEqual(expect.arrayContaining([id, json['id']]))
  })
})

test('a rotated key opens doors until the overlap has passed, its successor beside and after', async () => {
  const folder = tempFolder()
  const ledger = await startStandalone(folder, env)
  const admin = httpClient(ledger.address)
  const make = { name: 'reader', scopes: ['query'] }
  const old = (await admin.ask('POST', '/v1/keys', make)).json as Item
  const rotate = async (overlapHours: number) =>
    (await admin.ask('POST', `/v1/keys/${String(old['id'])}/rotate`, { overlapHours })).json as Item
  const statusOf = async (key: Item) =>
    (await httpClient(ledger.address, String(key['key'])).ask('GET', '/v1/groups')).status
  const first = await rotate(1)
  expect([await statusOf(old), await statusOf(first)]).toEqual([200, 200])
  const second = await rotate(0)
  expect([await statusOf(old), await statusOf(second)]).toEqual([401, 200])
  expect(await rotate(0)).toMatchObject({ status: 409, code: 'key-ended' })
})

/** Lets the log's unreadable events be read, as a newer version of the program would. */
function upgrade(folder: string): void {
  const log = new DatabaseSync(join(folder, 'log.db'))
  const triggers = log.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all()
  for (const { name } of triggers) log.exec(`DROP TRIGGER ${String(name)}`)
  log.exec('UPDATE events SET schema_version = 1 WHERE schema_version = 99')
  rewriteChecksums(log)
  for (const { sql } of triggers) log.exec(String(sql))
  log.close()
}

describe.each(ways)('parked events, $way', ({ isRunning }) => {
  test('are listed, and tried again until a program can read them', async () => {
    const before = await openTestLedger()
    const { folder } = before
    await defineGroups(before.ledger.groups)
    const [ada, bob] = [newPhone(), newPhone()]
    const positions: string[] = []
    for (const person of [ada, bob]) {
      await before.record(acts.apiOptIn(person, 'offers'))
      const stream = await streamOf(before, person)
      positions.push((await appendAsNewer(before, stream, 'OptedOut', optedOut('offers'))).position)
    }
    await before.close()
    const old = await startStandalone(folder, env)
    const held = httpClient(old.address)
    const permission = async (client = held) => {
      const body = { group: 'offers', addresses: [ada], atLeast: positions[1] }
      const { json } = await client.ask('POST', '/v1/permissions', body)
      return (json as { results: readonly Item[] }).results[0]?.['reason']
    }
    expect(await permission()).toBe('held')
    const kept = await command(folder, 'parked', 'retry', positions[0] ?? '')
    expect(kept).toMatchObject({ code: 1, json: { items: [{ outcome: 'unknown-version' }] } })
    expect(JSON.stringify(kept.json)).toContain('install one that can')
    old.send('SIGTERM')
    await old.ended

    upgrade(folder)
    await folderFor(isRunning, folder)
    const listed = await command(folder, 'parked')
    expect(listed.json.items?.map((each) => each['position'])).toEqual(positions)
    const one = await command(folder, 'parked', 'retry', positions[0] ?? '')
    expect(one).toMatchObject({ code: 0, json: { items: [{ outcome: 'applied' }] } })
    const all = await command(folder, 'parked', 'retry', '--all')
    expect(all).toMatchObject({ code: 0, json: { items: [{ position: positions[1] }] } })
    // Once more is no harm.
    expect((await command(folder, 'parked', 'retry', positions[0] ?? '')).code).toBe(0)
  })
})

test('a retried event is seen at the doors at once, and its review is decided', async () => {
  const before = await openTestLedger()
  const { folder } = before
  await defineGroups(before.ledger.groups)
  const ada = newPhone()
  await before.record(acts.apiOptIn(ada, 'offers'))
  const stream = await streamOf(before, ada)
  const { position } = await appendAsNewer(before, stream, 'OptedOut', optedOut('offers'))
  await before.close()
  const old = await startStandalone(folder, env)
  const first = httpClient(old.address)
  const ask = { group: 'offers', addresses: [ada], atLeast: position }
  await first.ask('POST', '/v1/permissions', ask)
  old.send('SIGTERM')
  await old.ended
  upgrade(folder)
  const ledger = await startStandalone(folder, env)
  const client = httpClient(ledger.address)
  const open = await client.ask('GET', '/v1/reviews')
  expect(open.json).toMatchObject({ items: [{ id: position, kind: 'parked-event' }] })
  const decided = await client.ask('POST', `/v1/reviews/${position}`, { decision: 'retry' })
  expect(decided.json).toMatchObject({
    decided: { decision: 'retry' },
    retry: { outcome: 'applied' },
  })
  const told = await client.ask('POST', '/v1/permissions', ask)
  expect(told.json).toMatchObject({
    results: [{ permitted: false, reason: 'unsubscribed' }],
    freshness: { parked: 0 },
  })
  expect((await client.ask('GET', '/v1/reviews')).json).toMatchObject({ items: [] })
  const late = await client.ask('POST', `/v1/reviews/${position}`, { decision: 'keep-held' })
  expect(late.json).toMatchObject({ status: 409, code: 'review-decided' })
})

test.each([
  [['groups', 'archive'], 'takes the id of a group'],
  [['groups', 'create', 'offers'], '--name, --channel, --brand, --purpose'],
  [['groups', 'put', 'offers', '--confirm-within-days', 'soon'], 'a whole number'],
  [['groups', 'burn', 'offers'], 'no action "burn"'],
  [['groups', '--colour'], '--colour'],
  [['keys', 'rotate'], 'takes the id of a key'],
  [['keys', 'rotate', 'x', '--overlap-hours', '-1'], 'overlap-hours'],
  [['parked', 'retry'], 'takes a position, or --all'],
  [['parked', 'burn'], 'no action "burn"'],
])('%j is used wrongly: nothing is opened', async (args, message) => {
  const { code, stderr } = await command(join(tempFolder(), 'none'), ...args)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})
