import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCsvRecords } from './csv-records.ts'
import {
  csvLine,
  hasLostDigits,
  neutralised,
  repairedPhone,
  takenBack,
} from './spreadsheet-cell.ts'

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', ',', ';', '"', 'a', '＝'), {
      maxLength: 8,
    })
    .map((chars) => chars.join('')),
)

describe('a cell for a spreadsheet', () => {
  test.each([
    '=HYPERLINK("http://x")',
    '+12025550143',
    '-1',
    '@SUM(A1)',
    '\tx',
    '\rx',
    "'=1",
    '＝1',
  ])('%j begins with an apostrophe, so that nothing runs it', (cell) => {
    expect(neutralised(cell)).toBe(`'${cell}`)
  })

  test.each(['ada@example.org', "'t Hooft", '12025550143', ''])('%j is left alone', (cell) => {
    expect(neutralised(cell)).toBe(cell)
  })

  test('whatever it held is taken back as it was', () => {
    fc.assert(
      fc.property(hostile, (cell) => {
        expect(takenBack(neutralised(cell))).toBe(cell)
      }),
    )
  })

  test('a written line is read as the cells that were written', () => {
    const shown = (cell: string): string => cell.trim()
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 2, maxLength: 5 }), (cells) => {
        const records = createCsvRecords({ delimiter: ',', columns: cells.length + 1 })
        const read = [...records.push(csvLine(['x', ...cells])), ...records.end()]
        expect(read.map((each) => each.cells.slice(1).map(takenBack).map(shown))).toEqual([
          cells.map(shown),
        ])
      }),
    )
  })

  test('no line that is written holds a cell that a spreadsheet would run', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (cells) => {
        const records = createCsvRecords({ delimiter: ',', columns: cells.length + 1 })
        const [record] = [...records.push(csvLine(['x', ...cells])), ...records.end()]
        for (const cell of record?.cells ?? []) expect(cell).not.toMatch(/^[=+\-@]/)
      }),
    )
  })
})

describe('a phone that a spreadsheet had', () => {
  test.each([
    ["'+12025550143", '+12025550143'],
    ['="+12025550143"', '+12025550143'],
    ['=+12025550143', '+12025550143'],
    ['12025550143.0', '12025550143'],
    [' +1 202-555-0143 ', '+1 202-555-0143'],
  ])('%s is %s', (cell, phone) => {
    expect(repairedPhone(cell)).toBe(phone)
  })

  test.each(['1.20256E+10', '4,47E+11', '1E10', '+1.2e+10'])('%s has lost digits', (cell) => {
    expect(hasLostDigits(cell)).toBe(true)
  })

  test.each(['12025550143', '+12025550143', 'E10'])('%s has not', (cell) => {
    expect(hasLostDigits(cell)).toBe(false)
  })
})
