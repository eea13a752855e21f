import type { Position } from '@ledger/domain'
import { expect, test } from 'vitest'
import { ForeignPosition, numberOf, positionOf } from './position.ts'

const logId = '0a1b2c3d'

test('a position is written with its log, and of fixed width', () => {
  expect(positionOf(logId, 1)).toBe('0a1b2c3d-0000000000000001')
  expect(positionOf(logId, Number.MAX_SAFE_INTEGER)).toBe('0a1b2c3d-9007199254740991')
})

test('a position stands for its number', () => {
  for (const number of [1, 10, 99_999, Number.MAX_SAFE_INTEGER]) {
    expect(numberOf(logId, positionOf(logId, number))).toBe(number)
  }
})

test('positions sort as text in the order of their numbers', () => {
  const positions = [1, 9, 10, 99, 100, 12_345_678_901].map((number) => positionOf(logId, number))
  expect(positions.toSorted()).toEqual(positions)
})

test.for(['ffffffff-0000000000000001', '0a1b2c3d-1', '0000000000000001', '', '0a1b2c3d-'])(
  'says that %j is no position of this log',
  (text) => {
    expect(() => numberOf(logId, text as Position)).toThrow(ForeignPosition)
    expect(() => numberOf(logId, text as Position)).toThrow(logId)
  },
)
