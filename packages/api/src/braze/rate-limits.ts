import type { Micros } from '@ledger/domain'

/** What Braze says that it allows by default at each door: so many requests in so many seconds. */
const brazeDefaults: Readonly<Record<string, readonly [requests: number, seconds: number]>> = {
  '/subscription/status/set': [5_000, 60],
  '/v2/subscription/status/set': [5_000, 60],
  '/subscription/status/get': [250_000, 3_600],
  '/subscription/user/status': [250_000, 3_600],
  '/users/track': [3_000, 3],
  '/users/track/sync': [500, 60],
  '/email/status': [250_000, 3_600],
}

const microsPerSecond = 1_000_000

/**
 * The headers that clients of Braze steer by. Nothing is counted and nobody is ever answered 429,
 * so all of Braze's default limit always remains.
 */
export function rateLimitHeaders(path: string, now: Micros): Readonly<Record<string, string>> {
  const [requests, seconds] = brazeDefaults[path] ?? [0, 1]
  const reset = (Math.floor(now / microsPerSecond / seconds) + 1) * seconds
  return {
    'x-ratelimit-limit': String(requests),
    'x-ratelimit-remaining': String(requests),
    'x-ratelimit-reset': String(reset),
  }
}
