const microsPerMs = 1_000

/** The clocks of the machine, so that a test can show other ones. */
export type MachineClocks = {
  /** Wall clock, whole milliseconds. */
  readonly wallMs: () => number
  /** Monotonic clock, milliseconds with a fraction. */
  readonly monotonicMs: () => number
}

/**
 * Makes a clock of microseconds. The wall clock gives the millisecond, so that the machine's
 * corrections are followed; the monotonic clock only tells how far into that millisecond we are,
 * as seen from the first look at it. Within one millisecond it never goes back, and never reaches
 * the next.
 */
export function createProcessClock({ wallMs, monotonicMs }: MachineClocks): () => number {
  let millisecond = Number.NaN
  let firstSeenAt = 0
  return () => {
    const ms = wallMs()
    const at = monotonicMs()
    if (ms !== millisecond) {
      millisecond = ms
      firstSeenAt = at
    }
    const into = Math.floor((at - firstSeenAt) * microsPerMs)
    return ms * microsPerMs + Math.min(into, microsPerMs - 1)
  }
}

/** Now, in whole microseconds since 1970. */
export const nowMicros: () => number = createProcessClock({
  wallMs: Date.now,
  monotonicMs: () => performance.now(),
})
