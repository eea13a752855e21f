import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { definitions } from '../support/groups.ts'
import type { HttpClient } from '../support/http-client.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { newPhone } from '../support/signals.ts'
import { startStandalone } from '../support/start-standalone.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

type Row = {
  readonly row: number
  readonly id: string
  readonly outcome: string
  readonly position?: string
  readonly problem?: { readonly code: string; readonly field: string }
}
type Body = string | object

const folder = makeTempFolder()
const cleanUps: (() => Promise<void>)[] = []
let client: HttpClient
beforeAll(async () => {
  const ledger = await startStandalone(folder.path, {}, (cleanUp) => void cleanUps.push(cleanUp))
  client = httpClient(ledger.address)
  await putGroups(client, definitions)
})
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp()
  folder.remove()
})

const upload = (body: Body, type?: string) =>
  client.ask('POST', '/sources/in-person/store-22', body, type)
async function rowsOf(body: Body, type?: string): Promise<readonly Row[]> {
  const { status, json, text } = await upload(body, type)
  if (status !== 200) throw new Error(`answered ${status}: ${text}`)
  return (json as { readonly results: readonly Row[] }).results
}
const said = (rows: readonly Row[]) =>
  rows.map(({ row, outcome, problem }) =>
    [row, outcome, problem?.code, problem?.field].filter((part) => part !== undefined).join(' '),
  )
async function statesOf(group: string, ...addresses: readonly object[]) {
  const { json } = await client.ask('POST', '/v1/state', {
    group,
    addresses,
    consistency: 'strong',
  })
  type State = { readonly state: string; readonly since: string }
  return (json as { readonly results: readonly State[] }).results
}

const form = { id: 'sms-club', version: 7, disclosure_ref: `sha256:${'f'.repeat(64)}` }
const optIn = { action: 'opt-in', method: 'tablet', signature: { blob_ref: 'blob-1' } }

describe('a batch of a tablet', () => {
  test('is recorded by the three stamps of its device, and a second upload changes nothing', async () => {
    const ada = newPhone()
    const now = Date.now()
    // A device whose clock is a whole year behind.
    const behind = (ms: number) => new Date(now - ms - 365 * 86_400_000).toISOString()
    const items = [
      { item_id: 'a', phone: ada.value, group: 'offers', ...optIn, occurred_at: behind(3_600_000) },
    ]
    const batch = { device_id: 'tab-1', store_id: 'store-22', form, items }
    const first = await rowsOf({ ...batch, sent_at: behind(0) })
    expect(said(first)).toEqual(['1 recorded'])
    const [state] = await statesOf('offers', ada)
    expect(state?.state).toBe('subscribed')
    expect(Math.abs(Date.parse(state?.since ?? '') - (now - 3_600_000))).toBeLessThan(60_000)
    // The retry stamps its sending anew, in another batch.
    const again = await rowsOf({ ...batch, sent_at: behind(-5_000), batch_id: 'retry' })
    expect(again).toMatchObject([{ id: first[0]?.id, position: first[0]?.position }])
  })

  test('is answered row by row, in order, with the column that is wrong', async () => {
    const [ada, bo] = [newPhone(), newPhone()]
    const about = { store_id: 'store-22', form, ...optIn }
    const items = [
      { ...about, line_id: 1, phone: ada.value, group: 'offers' },
      { ...about, line_id: 2, phone: ada.value, group: 'nowhere' },
      { ...about, line_id: 3, phone: bo.value, group: 'offers', signature: null },
      { line_id: 4, phone: bo.value, action: 'opt-out', brand: 'acme', channels: ['sms', 'email'] },
      { line_id: 5, phone: '4.47E+11', group: 'offers', ...optIn },
    ]
    const batch = { batch_id: 'day-1', items }
    const expected = [
      '1 recorded',
      '2 invalid unknown-group group',
      '3 quarantined evidence-missing evidence',
      '4 recorded',
      '4 recorded',
      '5 invalid invalid-address phone',
    ]
    expect(said(await rowsOf(batch))).toEqual(expected)
    const again = expected.map((each) => each.replace(/(recorded|quarantined).*/, 'duplicate'))
    expect(said(await rowsOf(batch))).toEqual(again)
  })
})

describe('a file of a till', () => {
  test('with a mark, semicolons, mixed scopes and damaged phones is read row by row', async () => {
    const [ada, bo, cy] = [newPhone(), newPhone(), newPhone()]
    const file = [
      '\uFEFFPhone;Group;Brand;Channel;Action;Claimed_At',
      `'${ada.value};offers;;;Opt Out;2026-05-01`,
      `${bo.value.slice(1)};;acme;sms;opt-out;`,
      `"${cy.value};offers;;;opt-out;`,
      `1.20256E+10;offers;;;opt-out;`,
      `1.20256E+10;offers;;;opt-in;`,
      `${ada.value};offers;;;opt-in;first of May`,
      ';;;;;',
    ].join('\r\n')
    const expected = [
      '1 recorded',
      '2 recorded',
      '3 recorded',
      '4 recorded',
      '5 invalid invalid-address Phone',
      '6 invalid invalid-signal Claimed_At',
      '7 invalid unknown-type Action',
    ]
    expect(said(await rowsOf(file, 'text/csv; charset=utf-8'))).toEqual(expected)
    const again = expected.map((each) => each.replace('recorded', 'duplicate'))
    expect(said(await rowsOf(file, 'text/csv; charset=utf-8'))).toEqual(again)
    const states = await statesOf('offers', ada, bo, cy)
    expect(states.map(({ state }) => state)).toEqual(Array(3).fill('unsubscribed'))
  })

  test.each([
    ['phone,action\n'.repeat(1) + '+12025550143,opt-out\n'.repeat(10_001), 'text/csv', 413],
    [{ items: Array(10_001).fill({}) }, 'application/json', 413],
    ['phone,action\n', 'text/csv; charset=utf-16', 415],
    ['phone,action\n', 'text/plain', 415],
    ['name,city\nAda,Paris\n', 'text/csv', 400],
    ['phone,action,phone\n', 'text/csv', 400],
    ['[', 'application/json', 400],
  ])('that cannot be taken is refused as a whole (%#)', async (body, type, status) => {
    const answer = await upload(body, type)
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({ status, code: expect.any(String) as string })
  })
})
