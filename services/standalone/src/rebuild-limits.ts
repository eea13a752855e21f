/**
 * How a read model is made anew: pages five times those of the live projector, and four times its
 * rows in memory, because nobody waits for the single event.
 */
export const rebuildLimits = { pageSizeMax: 5_000, cachedRowsMax: 20_000 } as const
