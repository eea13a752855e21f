import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf } from '../support/end-of.ts'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { acts, cloudEvent, email, newPhone } from '../support/signals.ts'
import type { StandaloneProcess } from '../support/start-standalone.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

/** Addresses that a spreadsheet would run, and others that break a careless line of CSV. */
const hostile = [
  { kind: 'external-id', value: '=HYPERLINK("http://evil.example","x")' },
  { kind: 'external-id', value: "'=1+1" },
  { kind: 'external-id', value: '@SUM(A1:A9)' },
  { kind: 'external-id', value: 'a;b,"c"\nd' },
  { kind: 'telegram-user', value: '-100123' },
]
const people = [newPhone(), newPhone(), email('ada@example.org'), ...hostile]
const gone = newPhone()

const cleanUps: (() => unknown)[] = []
const folderOf = (): string => {
  const { path, remove } = makeTempFolder()
  cleanUps.push(remove)
  return path
}
const start = async (): Promise<StandaloneProcess> => {
  const ledger = await startStandalone(folderOf(), {}, (each) => void cleanUps.unshift(each))
  await putGroups(httpClient(ledger.address), definitions)
  return ledger
}

let ledger: StandaloneProcess
let out: string
beforeAll(async () => {
  out = folderOf()
  ledger = await start()
  const { ask, post } = httpClient(ledger.address)
  const answers = await post([
    ...people.map((person) => acts.apiOptIn(person, 'offers')),
    acts.optOut(gone, 'offers'),
  ])
  const atLeast = answers.at(-1)?.position
  await ask('POST', '/v1/state', { group: 'offers', addresses: [gone], atLeast })
})
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp()
})

const command = (folder: string, ...args: readonly string[]) => endOf(runCommand(folder, args))
const exportAll = (folder: string, ...args: readonly string[]) =>
  command(folder, 'export', 'members', '--group', 'offers', ...args)

type Member = { readonly address: { readonly kind: string; readonly value: string } }

async function membersOf(folder: string) {
  const { stdout } = await exportAll(folder, '--format', 'json')
  const members = JSON.parse(stdout) as (Member & { readonly state: string })[]
  return members.map(({ address, state }) => `${address.kind}:${address.value} ${state}`).sort()
}

describe('npm run ledger -- export members', () => {
  test('writes a file that imports into the same members elsewhere', async () => {
    const file = join(out, 'members.csv')
    const { code } = await exportAll(ledger.folder, '--out', file)
    expect(code).toBe(0)
    const other = await start()
    const imported = await command(other.folder, 'import', file, '--json')
    expect(JSON.parse(imported.stdout)).toMatchObject({ rows: people.length + 1, refused: 0 })
    const expected = people.map(({ kind, value }) => `${kind}:${value} subscribed`)
    expected.push(`phone:${gone.value} unsubscribed`)
    expect(await membersOf(ledger.folder)).toEqual(expected.sort())
    await expect.poll(() => membersOf(other.folder), { timeout: 20_000 }).toEqual(expected.sort())
  })

  test('gives a spreadsheet nothing to run', async () => {
    const { stdout } = await exportAll(ledger.folder)
    const cells = stdout.split(/\r\n|[,\n]/).map((cell) => cell.replace(/^"/, ''))
    for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@\t]/)
    expect(stdout).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`)
  })

  test('writes those of one state, for its owner alone, and never half of them', async () => {
    const file = join(out, 'gone.csv')
    const { code } = await exportAll(ledger.folder, '--state', 'unsubscribed', '--out', file)
    expect(code).toBe(0)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\r\n')
    expect(lines.map((line) => line.split(',')[1])).toEqual(['address', `'${gone.value}`])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const unknown = join(out, 'unknown.csv')
    const args = ['export', 'members', '--group', 'nowhere', '--out', unknown]
    expect((await command(ledger.folder, ...args)).code).toBe(1)
    expect([unknown, `${unknown}.partial`].filter(existsSync)).toEqual([])
  })
})

describe('npm run ledger -- export person', () => {
  test('writes all that is known, as JSON or as a line for each event', async () => {
    const { post } = httpClient(ledger.address)
    const address = newPhone()
    const externalId = '=cmd|calc'
    await post([
      acts.webOptIn(address, 'offers', { externalId }),
      cloudEvent('opt-in', {
        address: email('bo@example.org'),
        externalId,
        scope: { group: 'news' },
        actor: 'staff',
        method: 'api',
      }),
    ])
    const args = ['export', 'person', '--address', `phone:${address.value}`]
    const json = await command(ledger.folder, ...args)
    expect(json.code).toBe(0)
    const { subjects } = JSON.parse(json.stdout) as { subjects: readonly Member[] }
    const addresses = subjects.map((each) => each.address.value).sort()
    expect(addresses).toEqual([address.value, externalId, 'bo@example.org'].sort())
    const csv = await command(ledger.folder, ...args, '--format', 'csv')
    expect(csv.stdout).toContain(`external-id,'${externalId},`)
    expect(csv.stdout).toContain('"Yes, send me offers."')
    // The log names the key and the subjects, and holds nothing of the person.
    const { stderr } = ledger.said()
    expect(stderr).toContain('personal data was handed out')
    expect(stderr).not.toMatch(/2025550|example\.org|calc/)
  })

  test('says when nobody is there, and when it was used wrongly', async () => {
    const run = (...args: string[]) => command(ledger.folder, 'export', ...args)
    const ends = await Promise.all([
      run('person', '--address', 'phone:+12025559999'),
      run('person', '--address', 'somebody'),
      run('members'),
      run('everything'),
    ])
    expect(ends.map(({ code }) => code)).toEqual([1, 2, 2, 2])
    expect(ends[0]?.stderr).toContain('404 Unknown subject')
  })
})
