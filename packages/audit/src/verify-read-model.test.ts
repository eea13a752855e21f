import { expect, test } from 'vitest'
import type { Finding } from './finding.ts'
import type { Cell, TableRows } from './verify-read-model.ts'
import { compareTables } from './verify-read-model.ts'

const table = (rows: readonly (readonly Cell[])[], name = 'members'): TableRows => ({
  table: name,
  columns: ['group_id', 'subject', 'state', 'since'],
  keyLength: 2,
  rows: () => rows,
})

const uuid = (last: number): Uint8Array => Uint8Array.from([...Buffer.alloc(15), last])
const named = (last: string): string => `00000000-0000-0000-0000-0000000000${last}`

function compare(live: readonly (readonly Cell[])[], fresh: readonly (readonly Cell[])[]) {
  const found: Finding[] = []
  const rows = compareTables([table(live)], [table(fresh)], (finding) => void found.push(finding))
  return { rows, found: found.map(({ where, code }) => `${code}: ${where}`) }
}

const ada: readonly Cell[] = ['offers', uuid(1), 'subscribed', 7]
const bob: readonly Cell[] = ['offers', uuid(2), 'subscribed', null]
const cy: readonly Cell[] = ['sale', uuid(1), 'never', 9]

test('equal tables have no differences, and all their rows are counted', () => {
  expect(compare([ada, bob, cy], [ada, bob, cy])).toEqual({ rows: 3, found: [] })
  expect(compare([], [])).toEqual({ rows: 0, found: [] })
})

test('a row on one side only is named, wherever it stands', () => {
  expect(compare([ada, cy], [ada, bob, cy]).found).toEqual([
    `row-missing: members offers ${named('02')}`,
  ])
  expect(compare([ada, bob, cy], [bob]).found).toEqual([
    `row-unfounded: members offers ${named('01')}`,
    `row-unfounded: members sale ${named('01')}`,
  ])
  expect(compare([], [cy]).found).toEqual([`row-missing: members sale ${named('01')}`])
})

test('of a row that differs the columns are named, and not what is in them', () => {
  const other: readonly Cell[] = ['offers', uuid(2), 'unsubscribed', 3]
  expect(compare([ada, bob], [ada, other]).found).toEqual([
    `row-differs: members offers ${named('02')} (state, since)`,
  ])
})

test('keys sort as a database sorts them: texts by their bytes, numbers as numbers', () => {
  const keyed = (...keys: readonly Cell[]) => keys.map((key): readonly Cell[] => ['g', key, 's', 0])
  // In UTF-16 the second would come first.
  const texts = keyed('\uffee', '\u{1f600}')
  expect(compare(texts, texts.slice(1)).found).toEqual(['row-unfounded: members g \uffee'])
  const numbers = keyed(9, 10, 100)
  expect(compare(numbers.slice(1), numbers).found).toEqual(['row-missing: members g 9'])
  const mixed = keyed(null, 1, 'a', uuid(0))
  expect(compare(mixed, mixed.slice(3)).found).toHaveLength(3)
})

test('tables of different names are no two of a kind', () => {
  const compareOthers = () => compareTables([table([])], [table([], 'counts')], () => undefined)
  expect(compareOthers).toThrow('expected members on both sides')
})
