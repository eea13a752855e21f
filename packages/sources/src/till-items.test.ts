import { describe, expect, test } from 'vitest'
import { readInPersonBatch } from './in-person.ts'

const read = (type: string, body: string) => {
  const batch = readInPersonBatch('store-22', type, Buffer.from(body), 10_000)
  if (!batch.ok) throw new Error(batch.problem.detail)
  return [...batch.rows]
}
const json = (batch: object) => read('application/json', JSON.stringify(batch))
const signalsOf = (batch: object) =>
  json(batch).map((row) => {
    if ('problem' in row) throw new Error(row.problem.detail)
    return row.signal
  })

const hash = 'f'.repeat(64)
/** An item as a tablet sends it (in-person facts, section 8). */
const item = {
  item_id: '0192f3a1-77aa-7c3e-9b10-2f6f0c1d2e3f',
  device_id: 'tab-014',
  location_id: 'store-22',
  associate_id: 'emp-881',
  method: 'tablet',
  action: 'opt-in',
  group: 'offers',
  form: { id: 'sms-club', version: 7, language: 'fr-CA', disclosure_ref: `sha256:${hash}` },
  address_raw: '(555) 010-0123',
  address: 'phone:+12025550123',
  occurred_at: '2026-05-03T15:00:10-04:00',
  clock: { source: 'device', boot_id: 'b7', monotonic_ms: 88120 },
  sent_at: '2026-05-04T08:59:58-04:00',
  signature: { blob_ref: 'blob-5521', sha256: hash },
}

describe('an item of a tablet', () => {
  test('keeps three stamps apart, and all that shows the act as its evidence', () => {
    const [signal] = signalsOf({ items: [item] })
    expect(signal).toMatchObject({
      id: 'tab-014/0192f3a1-77aa-7c3e-9b10-2f6f0c1d2e3f',
      addresses: [{ kind: 'phone', value: '+12025550123' }],
      ...{ scope: 'group:offers', actor: 'person', method: 'tablet', clock: 'device' },
      claimedAt: Date.parse('2026-05-03T19:00:10Z') * 1_000,
      sentAt: Date.parse('2026-05-04T12:59:58Z') * 1_000,
    })
    expect(signal?.evidence).toEqual({
      ...{ storeId: 'store-22', deviceId: 'tab-014', associateId: 'emp-881' },
      ...{ formId: 'sms-club', formVersion: '7', formLanguage: 'fr-CA', disclosureId: hash },
      ...{ signatureRef: 'blob-5521', signatureSha256: hash, addressRaw: '(555) 010-0123' },
      ...{ bootId: 'b7', monotonicMs: '88120' },
    })
  })

  test('has what its batch says for all, unless it says it itself', () => {
    const batch = { batch_id: 'day-1', store_id: 'store-1', sent_at: '2026-05-04T09:00:00Z' }
    const one = { line_id: 1, phone: '+12025550143', action: 'opt-out' }
    const [first, second] = signalsOf({
      ...batch,
      items: [one, { ...one, line_id: 2, store_id: 'store-2' }],
    })
    expect(first).toMatchObject({ id: 'day-1/1', evidence: { storeId: 'store-1' } })
    expect(first?.sentAt).toBe(Date.parse('2026-05-04T09:00:00Z') * 1_000)
    expect(second).toMatchObject({ id: 'day-1/2', evidence: { storeId: 'store-2' } })
  })

  test('is not corrected by the sending of a device that was started anew', () => {
    const one = { item_id: 'a', phone: '+12025550143', action: 'opt-out' }
    const sent_at = '2026-05-04T09:00:00Z'
    const items = [
      { ...one, clock: { boot_id: 'b6' } },
      { ...one, clock: { boot_id: 'b7' } },
    ]
    const signals = signalsOf({ sent_at, clock: { boot_id: 'b7' }, items })
    expect(signals.map(({ sentAt }) => sentAt !== undefined)).toEqual([false, true])
  })

  test('speaks of each of its groups or channels, each known by its own id', () => {
    const one = { phone: '+12025550143', action: 'opt-out', brand: 'acme' }
    const rows = json({
      items: [
        { ...one, item_id: 'a', groups: ['offers', 'news'] },
        { ...one, item_id: 'b', channels: ['sms', 'whatsapp'] },
        { ...one, item_id: 'c', groups: Array.from({ length: 21 }, (_, nth) => `g${nth}`) },
      ],
    })
    const said = rows.map((row) => ['signal' in row && row.signal.scope, row.id, row.row])
    expect(said).toEqual([
      ['group:offers', 'a', 1],
      ['group:news', 'a:news', 1],
      ['brand:acme/carrier-messaging', 'b', 2],
      ['brand:acme/whatsapp', 'b:whatsapp', 2],
      ['all', 'c', 3],
    ])
  })

  test('that is no item has a problem in its place, by its column', () => {
    const rows = json({
      items: [7, null, { ...item, clock: 'sundial' }, { ...item, address: 'x' }],
    })
    expect(rows.map((row) => 'problem' in row && [row.row, row.problem.field])).toEqual([
      [1, 'action'],
      [2, 'action'],
      [3, 'clock'],
      [4, 'address'],
    ])
  })
})

describe('a file of a till', () => {
  test('whose rows have no ids is known by its bytes, whatever they say', () => {
    const rows = (text: string) => read('text/csv', text).map(({ id }) => id)
    const text = 'phone,action\n+12025550143,opt-out\n'
    expect(rows(text)).toEqual(rows(text))
    expect(rows(text)).not.toEqual(rows(`\uFEFF${text}`))
  })

  test('keeps an opt-out that lost its column, of every scope', () => {
    const [row] = read('text/csv', 'phone,group,action\nAda, Bo,+12025550143,offers,opt-out\n')
    expect(row).toMatchObject({ signal: { scope: 'all', addresses: [{ value: '+12025550143' }] } })
  })

  test('in other letters than UTF-8 loses its opt-ins only', () => {
    const latin = Buffer.from('name,phone,group,action\nJosé,+12025550143,offers,', 'latin1')
    const batch = (action: string) =>
      readInPersonBatch('till', 'text/csv', Buffer.concat([latin, Buffer.from(action)]), 10)
    const rowsOf = (action: string) => {
      const found = batch(action)
      return found.ok ? [...found.rows] : []
    }
    expect(rowsOf('opt-in')).toMatchObject([{ problem: { field: 'row' } }])
    expect(rowsOf('opt-out')).toMatchObject([{ signal: { action: 'opt-out' } }])
    const utf16 = Buffer.from('phone,action\n', 'utf16le')
    expect(readInPersonBatch('till', 'text/csv', utf16, 10)).toMatchObject({
      ok: false,
      problem: { detail: expect.stringContaining('UTF-16') as string },
    })
  })

  test('names its columns as it wrote them', () => {
    const [row] = read('text/csv', 'Phone;Group;Action;Claimed_At\n+12025550143;a;opt-in;May\n')
    expect(row).toMatchObject({ problem: { field: 'Claimed_At' } })
  })

  test('is read no further than one row more than asked', () => {
    const text = `phone,action\n${'+12025550143,opt-out\n'.repeat(50_000)}`
    const batch = readInPersonBatch('till', 'text/csv', Buffer.from(text), 100)
    const rowCount = batch.ok ? batch.rowCount : 0
    expect(rowCount).toBeGreaterThan(100)
    expect(rowCount).toBeLessThan(20_000)
  })
})
