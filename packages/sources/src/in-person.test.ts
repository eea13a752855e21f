import { describe, expect, test } from 'vitest'
import { readInPersonBatch } from './in-person.ts'
import type { ReadRow } from './read-row.ts'

const header = 'item_id,phone,group,action,method,occurred_at,store_id,disclosure,form_ref'
const csv = (...rows: string[]): string => [header, ...rows, ''].join('\r\n')

const read = (contentType: string, body: string) =>
  readInPersonBatch('store-22', contentType, Buffer.from(body), 10_000)

function rowsOf(contentType: string, body: string): readonly ReadRow[] {
  const batch = read(contentType, body)
  if (!batch.ok) throw new Error(batch.problem.detail)
  return [...batch.rows]
}
const signalsOf = (contentType: string, body: string) =>
  rowsOf(contentType, body).map((row) => ('signal' in row ? row.signal : null))

describe('a file from a shop', () => {
  test('each row is a signal of its own, with the evidence its columns name', () => {
    const row =
      'item-1,+12025550143,offers,opt-in,paper-form,2026-05-01T09:00:00Z,' + 'store-22,Yes,form-1'
    const [signal] = signalsOf('text/csv', csv(row))
    expect(signal).toMatchObject({
      ...{ source: 'urn:in-person:store-22', id: 'item-1', action: 'opt-in', clock: 'device' },
      evidence: { storeId: 'store-22', disclosure: 'Yes', formRef: 'form-1' },
    })
  })

  test('a byte order mark, semicolons, quoted cells and line ends within them are read', () => {
    const row = '"+12025550143";opt-in;offers;"Yes,\n please"'
    const body = `\uFEFFphone;action;group;disclosure\n${row}\n`
    const [signal] = signalsOf('text/csv', body)
    expect(signal?.addresses[0].value).toBe('+12025550143')
    expect(signal?.evidence).toEqual({ disclosure: 'Yes,\n please' })
  })

  test.each(['O"Brien,+12025550143', '"unclosed,+12025550143'])(
    'a stray quote (%s) costs no neighbour its opt-out',
    (broken) => {
      const lines = ['name,phone,group,action', 'Ada,+12025550144,offers,opt-out']
      const body = [...lines, `${broken},offers,opt-out`, 'Bo,+12025550145,offers,opt-out'].join(
        '\n',
      )
      const values = signalsOf('text/csv', body).map((signal) => signal?.addresses[0].value)
      expect(values).toEqual(['+12025550144', '+12025550143', '+12025550145'])
    },
  )

  test.each(['+12025550143,offers,opt-out\n', '\u00ff\u00fe', ''])(
    'a file without its header line is refused as a whole, not taken for an empty one: %j',
    (body) => {
      expect(read('text/csv', body)).toMatchObject({ ok: false })
    },
  )

  test('a broken row has a problem in its place, and its number', () => {
    const rows = rowsOf(
      'text/csv',
      csv('a,4.47E+11,offers,opt-in,paper-form,,,,', 'b,,offers,opt-out,,,,,'),
    )
    expect(rows.map((row) => 'problem' in row && [row.row, row.problem.field])).toEqual([
      [1, 'phone'],
      [2, 'phone'],
    ])
  })

  test.each(['Opt-Out', 'OPT_OUT', 'opt out', 'optout'])('the word %s is an opt-out', (word) => {
    const [signal] = signalsOf('text/csv', csv(`a,12025550143,offers,${word},,,,,`))
    expect(signal).toMatchObject({ action: 'opt-out', addresses: [{ value: '+12025550143' }] })
  })

  test('an opt-out of a phone and an e-mail address is one of each, under the same number', () => {
    const body = [
      'item_id,phone,email,family,action',
      'a,+12025550143,ada@example.org,all,opt-out',
      'b,+12025550144,bo@example.org,sms,opt-in',
      '',
    ].join('\n')
    const rows = rowsOf('text/csv', body)
    expect(rows.map(({ row, id }) => [row, id])).toEqual([
      [1, 'a'],
      [1, 'a:email'],
      [2, 'b'],
    ])
    const values = rows.map((row) => 'signal' in row && row.signal.addresses[0].value)
    expect(values).toEqual(['+12025550143', 'ada@example.org', '+12025550144'])
  })

  test('without ids, the same file gives the same ids and another file others', () => {
    const row = ',+12025550143,offers,opt-out,,,,,'
    const ids = (body: string) => rowsOf('text/csv', body).map(({ id }) => id)
    expect(ids(csv(row, row))).toEqual(ids(csv(row, row)))
    expect(new Set([...ids(csv(row, row)), ...ids(csv(row))]).size).toBe(3)
  })
})

describe('a batch from a till', () => {
  test('numbers stand for their digits, also as the id of an item', () => {
    const body = JSON.stringify({ items: [{ item_id: 5, phone: 12025550143, action: 'opt-out' }] })
    const [signal] = signalsOf('application/json', body)
    expect(signal).toMatchObject({ id: '5', scope: 'all', addresses: [{ value: '+12025550143' }] })
  })

  test.each(['{', '{"items": 5}', '7'])('what is no batch is refused: %s', (body) => {
    expect(read('application/json', body)).toMatchObject({ ok: false })
  })
})
