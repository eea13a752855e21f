import type { Position } from '@ledger/domain'
import { expect, test } from 'vitest'
import { freshnessOf, windowMs } from './freshness.ts'

const checkpoint = { position: 'log-7' as Position, asOf: 5_000_000, parked: 2 }

test('the lag is how long ago the last proof was, in whole milliseconds, rounded up', () => {
  expect(freshnessOf(checkpoint, 5_000_000).lagMs).toBe(0)
  expect(freshnessOf(checkpoint, 5_000_001).lagMs).toBe(1)
  expect(freshnessOf(checkpoint, 6_500_000).lagMs).toBe(1_500)
})

test('a proof that is ahead of the asker’s clock is not from the future', () => {
  expect(freshnessOf(checkpoint, 4_000_000)).toMatchObject({ lagMs: 0, withinWindow: true })
})

test('the window includes its last moment', () => {
  const end = checkpoint.asOf + windowMs * 1_000
  expect(freshnessOf(checkpoint, end).withinWindow).toBe(true)
  expect(freshnessOf(checkpoint, end + 1).withinWindow).toBe(false)
})

test('a read model that nothing was ever proven of is outside', () => {
  const unproven = { position: null, asOf: 0, parked: 0 }
  expect(freshnessOf(unproven, 1_790_000_000_000_000).withinWindow).toBe(false)
})

test('it says where the read model stands and how much was parked', () => {
  expect(freshnessOf(checkpoint, 5_000_000)).toEqual({
    asOf: 5_000_000,
    lagMs: 0,
    position: 'log-7',
    windowMs: 60_000,
    withinWindow: true,
    parked: 2,
  })
})
