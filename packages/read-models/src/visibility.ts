import type { Position } from '@ledger/domain'
import { Outage } from '@ledger/ledger'

/** How long a reader waits for its own write at most. */
export const visibilityWaitMsMax = 5_000
const pollMs = 25

/** Lets readers wait until the read model has reached a position. */
export type Visibility = {
  /**
   * Says that the read model has reached a position: a hint, a waiter reads the checkpoint itself.
   */
  readonly advanced: () => void
  /**
   * Resolves when the position is visible; rejects with `not-yet-visible` after the longest wait.
   */
  readonly waitFor: (position: Position) => Promise<void>
}

/** @param reached reads the position the read model stands at */
export function createVisibility(reached: () => Promise<Position | null>): Visibility {
  const waiters = new Set<() => void>()
  const nextHint = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        waiters.delete(done)
        resolve()
      }
      // The poll is for read models that another process fills.
      const timer = setTimeout(done, pollMs)
      waiters.add(done)
    })

  return {
    advanced: () => {
      for (const wake of [...waiters]) wake()
    },
    waitFor: async (position) => {
      const deadline = performance.now() + visibilityWaitMsMax
      for (;;) {
        const at = await reached()
        if (at !== null && at >= position) return
        if (performance.now() >= deadline) throw new Outage('not-yet-visible')
        await nextHint()
      }
    },
  }
}
