import { expect, test } from 'vitest'
import { steadyClock } from './steady-clock.ts'

const second = 1_000_000

/** A machine whose clocks a test moves. */
function machine() {
  const at = { wall: 1_000 * second, monotonicMs: 5 }
  const clock = steadyClock({ now: () => at.wall, monotonicMs: () => at.monotonicMs })
  const pass = (seconds: number): number => {
    at.wall += seconds * second
    at.monotonicMs += seconds * 1_000
    return clock.now()
  }
  return { at, clock, pass }
}

test('it tells the time of the wall clock', () => {
  const { at, pass } = machine()
  expect(pass(0)).toBe(at.wall)
  expect(pass(7)).toBe(at.wall)
})

test('it follows the wall clock forward, as after a sleep', () => {
  const { at, pass } = machine()
  at.wall += 3_600 * second
  expect(pass(1)).toBe(at.wall)
})

test('set back an hour, it goes on: ages keep growing', () => {
  const { at, pass } = machine()
  const before = pass(0)
  at.wall -= 3_600 * second
  const grown = pass(61) - before
  expect(grown).toBeGreaterThan(60 * second)
  expect(grown).toBeLessThanOrEqual(61 * second)
})

test('set back a little, it lets the wall clock catch up', () => {
  const { at, pass } = machine()
  pass(0)
  at.wall -= second
  expect(pass(100)).toBeGreaterThan(at.wall)
  expect(pass(1_000)).toBe(at.wall)
})

test('raised to what was told before a restart, it starts there', () => {
  const { at, clock, pass } = machine()
  const toldBefore = at.wall + 3_600 * second
  clock.raiseTo(toldBefore)
  expect(pass(0)).toBe(toldBefore)
  expect(pass(10) - toldBefore).toBeGreaterThan(9 * second)
  clock.raiseTo(5)
  expect(pass(0)).toBeGreaterThan(toldBefore)
})

test('set forward, it is doubted for as long as it jumped, unless it is set back before', () => {
  const { at, clock, pass } = machine()
  pass(5)
  expect(clock.doubt()).toBe(0)
  at.wall += 100 * second
  expect(clock.doubt()).toBe(100 * second)
  pass(50)
  expect(clock.doubt()).toBe(100 * second)
  pass(51)
  expect(clock.doubt()).toBe(0)
})

test('while the wall clock is behind what was told, the difference is in doubt', () => {
  const { at, clock, pass } = machine()
  at.wall += 100 * second
  pass(0)
  at.wall -= 100 * second
  expect(clock.doubt()).toBe(100 * second)
  pass(1_000)
  expect(clock.doubt()).toBe(99 * second)
  clock.raiseTo(at.wall + 500 * second)
  expect(clock.doubt()).toBe(500 * second)
})

test('a clock that is slewed is not doubted', () => {
  const { at, clock, pass } = machine()
  for (let turn = 0; turn < 100; turn += 1) {
    pass(10)
    at.wall += 5_000
  }
  expect(clock.doubt()).toBe(0)
})
