import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readInPersonBatch } from './in-person.ts'

const rowsOf = (type: string, body: Uint8Array) => {
  const batch = readInPersonBatch('till', type, body, 10_000)
  return batch.ok ? [...batch.rows] : null
}

/** What breaks a row: anything but the delimiter's own line ends and the quotes of a whole file. */
const junk = fc
  .array(fc.constantFrom('"', "'", '=', ',', ';', ' ', 'x', '\u00e9', '\uFEFF', '1', '@'), {
    maxLength: 12,
  })
  .map((chars) => chars.join(''))

test('whatever its neighbours are, a row that wants out is recorded, once', () => {
  const broken = fc.array(junk, { maxLength: 6 })
  fc.assert(
    fc.property(broken, broken, (before, after) => {
      const row = 'x,+12025550143,offers,opt-out'
      const text = ['name,phone,group,action', ...before, row, ...after].join('\n')
      const rows = rowsOf('text/csv', Buffer.from(text)) ?? []
      const out = rows.filter(
        (each) => 'signal' in each && each.signal.addresses[0].value === '+12025550143',
      )
      expect(out).toMatchObject([{ signal: { action: 'opt-out', scope: 'group:offers' } }])
    }),
    { numRuns: 1_000 },
  )
})

test('whatever else stands in its row, a phone whose row says opt-out is opted out', () => {
  const cell = fc.constantFrom('', 'Ada', 'offers', '2026-05-01', 'x y', 'ada at home')
  const cells = fc.array(cell, { maxLength: 6 })
  fc.assert(
    fc.property(cells, cells, cells, (a, b, c) => {
      const row = [...a, '+12025550143', ...b, 'unsubscribed', ...c]
      const isFull = row.length !== 4 && row.slice(4).some((each) => each !== '')
      const text = `name,phone,group,action\n${row.join(',')}\n`
      const [read] = rowsOf('text/csv', Buffer.from(text)) ?? []
      // A row with no more cells than columns is read by its columns.
      if (!isFull) return
      expect(read).toMatchObject({
        signal: { action: 'opt-out', scope: 'all', addresses: [{ value: '+12025550143' }] },
      })
    }),
  )
})

test('no bytes are a fault of ours', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.string({ maxLength: 60 }).map((text) => Buffer.from(`phone,action\n${text}`)),
    fc.json({ maxDepth: 4 }).map((text) => Buffer.from(`{"items":[${text}]}`)),
  )
  fc.assert(
    fc.property(bytes, fc.constantFrom('text/csv', 'application/json'), (body, type) => {
      for (const row of rowsOf(type, body) ?? []) expect(row.row).toBeGreaterThan(0)
    }),
    { numRuns: 500 },
  )
})
