import type { Micros } from '@ledger/domain'
import { parseInstant } from '@ledger/domain'

/** A machine's clock that moves only when a test moves it. */
export type TestClock = {
  readonly now: () => Micros
  /** Goes on, or back when negative. */
  readonly advance: (by: Micros) => void
  readonly set: (at: Micros) => void
}

/** An instant as microseconds; a test that misspells one fails. */
export function at(text: string): Micros {
  const instant = parseInstant(text)
  if (instant === null) throw new Error(`not an instant: ${text}`)
  return instant
}

export function testClock(start = '2026-05-01T10:00:00Z'): TestClock {
  let now = at(start)
  return {
    now: () => now,
    advance: (by) => {
      now += by
    },
    set: (instant) => {
      now = instant
    },
  }
}
