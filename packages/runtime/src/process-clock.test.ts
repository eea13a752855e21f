import { expect, test } from 'vitest'
import { createProcessClock, nowMicros } from './process-clock.ts'

function clockAt(looks: readonly (readonly [wallMs: number, monotonicMs: number])[]) {
  let next = 0
  const look = () => looks[next] ?? [Number.NaN, Number.NaN]
  const clock = createProcessClock({
    wallMs: () => look()[0],
    monotonicMs: () => {
      const [, at] = look()
      next += 1
      return at
    },
  })
  return looks.map(() => clock())
}

test('within a millisecond the monotonic clock tells how far we are', () => {
  expect(
    clockAt([
      [1_000, 50.2],
      [1_000, 50.2],
      [1_000, 50.45],
      [1_001, 51.3],
    ]),
  ).toEqual([1_000_000, 1_000_000, 1_000_250, 1_001_000])
})

test('it never reaches the next millisecond before the wall clock does', () => {
  expect(
    clockAt([
      [1_000, 50],
      [1_000, 53],
    ]),
  ).toEqual([1_000_000, 1_000_999])
})

test('it follows the wall clock when that is set', () => {
  expect(
    clockAt([
      [1_000, 50],
      [500, 51],
      [9_000, 52],
    ]),
  ).toEqual([1_000_000, 500_000, 9_000_000])
})

test('the real one is whole, near now, and does not go back', () => {
  let before = nowMicros()
  expect(Math.abs(before - Date.now() * 1_000)).toBeLessThan(50_000)
  for (let look = 0; look < 10_000; look += 1) {
    const at = nowMicros()
    expect(Number.isSafeInteger(at)).toBe(true)
    expect(at).toBeGreaterThanOrEqual(before)
    before = at
  }
})
