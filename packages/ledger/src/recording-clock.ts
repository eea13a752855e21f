import type { Micros } from '@ledger/domain'

/** The clock of one writer. */
export type RecordingClock = {
  /** An instant no other stamp of this writer has or will have, later than all before it. */
  readonly stamp: () => Micros
}

/**
 * A clock whose stamps strictly increase, also when the machine's clock stands still or jumps back:
 * two messages acknowledged one after the other never tie.
 * @param now the machine's clock, in microseconds
 * @param after the stamp of the last event in the log
 */
export function recordingClock(now: () => Micros, after: Micros): RecordingClock {
  let last = after
  return {
    stamp: () => {
      last = Math.max(last + 1, now())
      return last
    },
  }
}
