import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCsvRecords, recordCharsMax } from './csv-records.ts'

/** Reads a text cut into pieces of this many characters. */
function read(text: string, columns = 3, pieceChars = text.length, delimiter = ',') {
  const records = createCsvRecords({ delimiter, columns })
  const found = []
  for (let from = 0; from < text.length; from += pieceChars) {
    found.push(...records.push(text.slice(from, from + pieceChars)))
  }
  return [...found, ...records.end()]
}
const cellsOf = (text: string, columns?: number) => read(text, columns).map(({ cells }) => cells)

describe('records of a file', () => {
  test.each(['\n', '\r\n', '\r'])('end at %j, and empty lines are none', (end) => {
    const text = ['a,b,c', '', '1, 2 ,"3"', '  ', 'x,y,z'].join(end)
    expect(cellsOf(text)).toEqual([
      ['a', 'b', 'c'],
      ['1', '2', '3'],
      ['x', 'y', 'z'],
    ])
  })

  test('run over line ends, delimiters and doubled quotes within quotes', () => {
    const text = 'a,"Yes,\r\nplease ""now""",c\nd,e,f'
    expect(cellsOf(text)).toEqual([
      ['a', 'Yes,\r\nplease "now"', 'c'],
      ['d', 'e', 'f'],
    ])
  })

  test.each([
    ['an open quote', '"a,1,2', ['a', '1', '2']],
    ['a quote that does not close at a delimiter', '"a"b,1,2', ['ab', '1', '2']],
    ['an open quote in the last cell', 'a,1,"2', ['a', '1', '2']],
  ])('%s costs its own row alone', (_name, broken, cells) => {
    const found = read(['x,y,z', broken, 'd,"e",f', 'g,h,"i"'].join('\n'))
    expect(found.map((each) => each.cells)).toEqual([
      ['x', 'y', 'z'],
      cells,
      ['d', 'e', 'f'],
      ['g', 'h', 'i'],
    ])
    expect(found.map(({ isBroken }) => isBroken)).toEqual([false, true, false, false])
  })

  test('a quote within a cell is a letter like any other', () => {
    expect(read('O"Brien,5" pipe,c')).toEqual([
      { cells: ['O"Brien', '5" pipe', 'c'], isBroken: false },
    ])
  })

  test('an opt-out between two stray quotes is a row, though they could quote it', () => {
    expect(cellsOf('x,"\nb,3,stop\n",')).toEqual([
      ['x', ''],
      ['b', '3', 'stop'],
      ['', ''],
    ])
    expect(cellsOf('x,"\nb,3,more\n",')).toHaveLength(1)
  })

  test('two stray quotes with rows between them join nothing', () => {
    expect(cellsOf('"a,1,2\nb,3,4\nc,5,6"\nd,7,8').slice(1)).toEqual([
      ['b', '3', '4'],
      ['c', '5', '6"'],
      ['d', '7', '8'],
    ])
  })

  test('a line without end is cut once, and the next line is read', () => {
    const found = read(`${'x'.repeat(3 * recordCharsMax)}\na,b,c\n`, 3, 10_000)
    expect(found.map(({ cells, isBroken }) => [cells[0]?.length, isBroken])).toEqual([
      [recordCharsMax, true],
      [1, false],
    ])
  })

  test('are the same however the text comes in pieces', () => {
    const char = fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '\r\n', '""', 'bc')
    const text = fc.array(char, { maxLength: 60 }).map((chars) => chars.join(''))
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 7 }), (whole, pieceChars) => {
        expect(read(whole, 2, pieceChars)).toEqual(read(whole, 2))
      }),
      { numRuns: 2_000 },
    )
  })
})
