import type { Micros } from '@ledger/domain'

export type SteadyClock = {
  readonly now: () => Micros
  /**
   * How far `now` may be ahead of the time, as far as this machine can know: because the wall clock
   * is behind what was told, or because it was set forward and nobody can say that this was right.
   */
  readonly doubt: () => Micros
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

/** From here on a difference of the two clocks means that one was set; slewing makes less. */
const jumpMicrosMin = 1_000_000

/**
 * The one clock of stamps, proofs and ages; it never goes back. By a clock that was set back, an
 * hour say, every answer of that hour would look fresh, also with no projector running. While the
 * wall clock is behind, this one goes on from where it was, at the pace of the monotonic clock.
 *
 * It follows the wall clock forward at once, as after a sleep; whether that was right is doubted
 * for as long as the jump was wide: until then somebody else's right clock may tell an instant
 * before it.
 */
export function steadyClock({ now, monotonicMs }: MachineClock): SteadyClock {
  let told = 0
  let last: { readonly wall: Micros; readonly atMs: number } | null = null
  let forward: { readonly by: Micros; readonly untilMs: number } = { by: 0, untilMs: 0 }

  const look = (): Micros => {
    const [atMs, wall] = [monotonicMs(), now()]
    const passedMs = last === null ? 0 : atMs - last.atMs
    const jump = last === null ? 0 : wall - last.wall - passedMs * 1_000
    if (Math.abs(jump) >= jumpMicrosMin) {
      const by = Math.max(0, (atMs < forward.untilMs ? forward.by : 0) + jump)
      forward = { by, untilMs: atMs + by / 1_000 }
    }
    told = Math.max(wall, told + passedMs * microsPerMsAhead)
    last = { wall, atMs }
    return wall
  }

  return {
    now: () => {
      look()
      return Math.floor(told)
    },
    doubt: () => {
      const wall = look()
      const jumped = monotonicMs() < forward.untilMs ? forward.by : 0
      return Math.ceil(Math.max(0, told - wall) + jumped)
    },
    raiseTo: (at) => {
      told = Math.max(told, at)
    },
  }
}
