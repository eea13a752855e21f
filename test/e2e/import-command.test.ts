import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf } from '../support/end-of.ts'
import { definitions } from '../support/groups.ts'
import type { HttpClient } from '../support/http-client.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { acts, newPhone, phoneOf } from '../support/signals.ts'
import type { StandaloneProcess } from '../support/start-standalone.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

type Summary = {
  readonly form: string
  readonly sha256: string
  readonly rows: number
  readonly recorded: number
  readonly duplicate: number
  readonly refused: number
  readonly review: number
  readonly changes?: Readonly<Record<string, number>>
  readonly stopStands?: number
  readonly notes: readonly { readonly row: number; readonly column: string }[]
}

let folder: string
let ledger: StandaloneProcess
let client: HttpClient
let lists: string

const cleanUps: (() => unknown)[] = []
beforeAll(async () => {
  const [own, ofLists] = [makeTempFolder(), makeTempFolder()]
  folder = own.path
  lists = ofLists.path
  cleanUps.push(own.remove, ofLists.remove)
  ledger = await startStandalone(folder, {}, (cleanUp) => void cleanUps.unshift(cleanUp))
  client = httpClient(ledger.address)
  await putGroups(client, definitions)
})

afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp()
})

const list = (text: string | Buffer, name = 'list.csv'): string => {
  const path = join(lists, name)
  writeFileSync(path, text)
  return path
}
const importList = (path: string, ...args: readonly string[]) =>
  endOf(runCommand(folder, ['import', path, ...args]))

async function summaryOf(path: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await importList(path, '--json', ...args)
  if (stdout === '') throw new Error(`import ended with ${code}: ${stderr}`)
  return { code, ...(JSON.parse(stdout) as Summary) }
}
const statesOf = async (group: string, ...addresses: readonly object[]) => {
  // What was imported is visible within milliseconds; strong does not wait for it.
  const { json } = await client.ask('POST', '/v1/state', {
    group,
    addresses,
    consistency: 'strong',
  })
  return (json as { results: readonly { state: string }[] }).results.map(({ state }) => state)
}
/** The end of the log; it moves when anything is recorded. */
const head = async (): Promise<string> => {
  const addresses = [phoneOf(1)]
  const body = { group: 'offers', addresses, consistency: 'strong' }
  const { json } = await client.ask('POST', '/v1/state', body)
  return (json as { freshness: { position: string } }).freshness.position
}

describe('npm run ledger -- import', () => {
  test('records a list as an import, and run again changes nothing', async () => {
    const [ada, bo] = [newPhone(), newPhone()]
    const rows = [`${ada.value};offers;subscribed`, `${bo.value};offers;unsubscribed`]
    const path = list(`\uFEFFphone;group;state\r\n${rows.join('\r\n')}\r\n`)
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
    const first = await summaryOf(path)
    expect(first).toMatchObject({ code: 0, form: 'ledger', sha256, rows: 2, recorded: 2 })
    expect(await statesOf('offers', ada, bo)).toEqual(['subscribed', 'unsubscribed'])
    const before = await head()
    expect(await summaryOf(path)).toMatchObject({ code: 0, recorded: 0, duplicate: 2 })
    expect(await head()).toBe(before)
  })

  test('takes the columns of Braze', async () => {
    const email = { kind: 'email', value: 'ada@example.org' }
    const path = list(
      'external_id,email,phone,subscription_group_id,subscription_state,email_subscribe\n' +
        'u1,ada@example.org,(202) 555-0143,offers,subscribed,\n' +
        'u2,bo@example.org,,,,unsubscribed\nu3,,,offers,,\n',
    )
    expect(await summaryOf(path, '--country', 'US')).toMatchObject({
      ...{ code: 0, form: 'braze', rows: 3, recorded: 2, refused: 0 },
    })
    const owner = { kind: 'external-id', value: 'u1' }
    expect(await statesOf('offers', phoneOf(143), owner, email)).toEqual([
      'subscribed',
      'subscribed',
      'never',
    ])
  })

  test('tells broken rows one by one, by column, and never what stands in them', async () => {
    const [ada, bo] = [newPhone(), newPhone()]
    const path = list(
      [
        'phone,group,state,claimed_at',
        '1.20256E+10,offers,subscribed,',
        `${ada.value},nowhere,subscribed,`,
        `${ada.value},offers,perhaps,`,
        `${bo.value},offers,subscribed,03/04/2026`,
        '1.20256E+10,offers,unsubscribed,',
        `"${bo.value},offers,unsubscribed,`,
        `${ada.value},offers,subscribed,`,
      ].join('\n'),
    )
    const report = join(lists, 'report.csv')
    const { code, stdout, stderr } = await importList(path, '--report', report)
    expect(code).toBe(1)
    const written = readFileSync(report, 'utf8').split('\r\n')
    const places = written.map((line) => line.split(',').slice(0, 4).join(' ')).sort()
    expect(places).toEqual([
      '',
      '1 refused phone invalid-address',
      '2 refused group unknown-group',
      '3 refused state invalid-signal',
      '4 refused claimed_at invalid-signal',
      '5 review phone safest-reading',
      'row outcome column code',
    ])
    expect(stderr).toContain('row 4: refused, claimed_at')
    expect(stdout).toMatch(/recorded +3\n/)
    for (const said of [stdout, stderr, written.join()]) expect(said).not.toMatch(/\d555\d|E\+10/)
    expect(await statesOf('offers', ada, bo)).toEqual(['subscribed', 'unsubscribed'])
    const { json } = await client.ask('GET', '/v1/reviews')
    expect(json).toMatchObject({ items: [{ kind: 'unparsable-address' }] })
  })

  test('tells beforehand what it would do, and records nothing', async () => {
    const [ada, bo, cy] = [newPhone(), newPhone(), newPhone()]
    await client.post([acts.webOptIn(ada, 'offers'), acts.stop(bo)])
    const rows = [`${ada.value},unsubscribed`, `${bo.value},subscribed`, `${cy.value},subscribed`]
    const path = list(`phone,state,group\n${rows.map((row) => `${row},offers`).join('\n')}`)
    const before = await head()
    expect(await summaryOf(path, '--dry-run')).toMatchObject({
      code: 0,
      ...{ rows: 3, recorded: 0, stopStands: 1 },
      changes: { 'subscribed -> unsubscribed': 1, 'never -> subscribed': 1 },
    })
    expect(await head()).toBe(before)
    await summaryOf(path)
    expect(await statesOf('offers', ada, bo, cy)).toEqual([
      'unsubscribed',
      'unsubscribed',
      'subscribed',
    ])
  })

  test('asks before it turns round many people, and does it with --yes', async () => {
    const people = Array.from({ length: 101 }, newPhone)
    await client.post(people.map((person) => acts.webOptIn(person, 'offers')))
    const rows = people.map(({ value }) => `${value},offers,opt-out`)
    const path = list(['phone,group,action', ...rows].join('\n'))
    const before = await head()
    const { code, stderr } = await importList(path)
    expect(code).toBe(1)
    expect(stderr).toContain('it would turn round 101 people')
    expect(await head()).toBe(before)
    expect(await summaryOf(path, '--yes')).toMatchObject({ code: 0, recorded: 101 })
  })

  test('refuses a file that it cannot read for certain, whole and in plain words', async () => {
    const header = 'phone,group,state\n'
    const refusals: readonly [string | Buffer, string][] = [
      [Buffer.from(`\uFEFF${header}`, 'utf16le'), 'UTF-16'],
      [Buffer.from(`${header}+12025550143,offers,José`, 'latin1'), 'not UTF-8'],
      ['', 'empty'],
      ['phone,name\n', 'known columns (ledger)'],
    ]
    for (const [text, told] of refusals) {
      const { code, stderr } = await importList(list(text))
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(told) as string })
    }
  })

  test('says when it was used wrongly', async () => {
    const path = list('phone,group,state\n')
    const ends = [[], [path, 'more'], [path, '--format', 'xml'], [path, '--country', 'us']].map(
      (args) => endOf(runCommand(folder, ['import', ...args])),
    )
    for (const { code } of await Promise.all(ends)) expect(code).toBe(2)
  })

  // The last, because the ledger is stopped for it.
  test('works on the files when no ledger runs', async () => {
    const ada = newPhone()
    const path = list(`phone,group,action\n${ada.value},zenith,opt-in\n`)
    ledger.send('SIGTERM')
    await ledger.ended
    expect(await summaryOf(path)).toMatchObject({ code: 0, recorded: 1 })
    const exported = runCommand(folder, ['export', 'members', '--group', 'zenith'])
    expect((await endOf(exported)).stdout).toContain(`phone,'${ada.value},zenith,subscribed,`)
  })
})
