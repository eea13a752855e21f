import type { Micros } from '@ledger/domain'

export type SteadyClock = {
  readonly now: () => Micros
  /** From now on no instant before this one is told. */
  readonly raiseTo: (at: Micros) => void
}

export type MachineClock = {
  /** The wall clock, which may be set. */
  readonly now: () => Micros
  /** Milliseconds with a fraction; only differences mean something. */
  readonly monotonicMs: () => number
}

/** A thousandth slower than real while it is ahead, so that the wall clock catches up some day. */
const microsPerMsAhead = 999

/**
 * The one clock of stamps, proofs and ages; it never goes back. By a clock that was set back, an
 * hour say, every answer of that hour would look fresh, also with no projector running. While the
 * wall clock is behind, this one goes on from where it was, at the pace of the monotonic clock.
 */
export function steadyClock({ now, monotonicMs }: MachineClock): SteadyClock {
  let told = 0
  let toldAtMs = monotonicMs()
  return {
    now: () => {
      const atMs = monotonicMs()
      told = Math.max(now(), told + (atMs - toldAtMs) * microsPerMsAhead)
      toldAtMs = atMs
      return Math.floor(told)
    },
    raiseTo: (at) => {
      told = Math.max(told, at)
    },
  }
}
