/** How many tokens are remembered; the oldest give way, and are long stale by then. */
const tokensMax = 100_000

/**
 * Which body each token of a signature came with, for signatures that do not cover the body. In
 * memory: after a restart a token is known again with its first use, and its event by its id.
 */
export type UsedTokens = {
  /** True when the token came with another body before. */
  readonly isSpent: (source: string, token: string, bodyHash: string) => boolean
  /** Called when everything is durable, so that what failed may come again. */
  readonly spend: (source: string, token: string, bodyHash: string) => void
}

export function openUsedTokens(): UsedTokens {
  const bodies = new Map<string, string>()
  const keyOf = (source: string, token: string): string => JSON.stringify([source, token])
  return {
    isSpent: (source, token, bodyHash) =>
      (bodies.get(keyOf(source, token)) ?? bodyHash) !== bodyHash,
    spend: (source, token, bodyHash) => {
      bodies.set(keyOf(source, token), bodyHash)
      const [oldest] = bodies.keys()
      if (bodies.size > tokensMax && oldest !== undefined) bodies.delete(oldest)
    },
  }
}
