import type { ReadSignal } from '@ledger/sources'

/** How many of them are remembered; after that the memory starts anew, at the price of repeats. */
const refrainsMax = 100_000

/**
 * What providers say again with every message, such as which keys are one person's. The ledger
 * would find each repeat to be a duplicate and note the attempt; what is durable already need not
 * come that far. In memory: forgetting costs no more than a duplicate.
 */
export type Refrains = {
  readonly isNew: (read: ReadSignal) => boolean
  /** Called when they are durable. */
  readonly remember: (read: readonly ReadSignal[]) => void
}

export function openRefrains(): Refrains {
  const known = new Set<string>()
  const keyOf = (read: ReadSignal): string | null =>
    read.isRefrain === true && read.ok ? JSON.stringify([read.signal.source, read.id]) : null
  return {
    isNew: (read) => {
      const key = keyOf(read)
      return key === null || !known.has(key)
    },
    remember: (read) => {
      for (const key of read.map(keyOf)) {
        if (key === null) continue
        if (known.size >= refrainsMax) known.clear()
        known.add(key)
      }
    },
  }
}
