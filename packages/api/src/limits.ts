/** The largest body each kind of door reads, in bytes. */
export const bodyBytesMax = {
  /** A batch of 1,000 signals with their evidence. */
  signals: 8 * 1024 * 1024,
  /** A file of a day's tills. */
  inPerson: 8 * 1024 * 1024,
  /** A provider's webhook; the largest batches hold some hundred messages. */
  source: 4 * 1024 * 1024,
  /** What a button or a mailbox provider posts to a link. */
  link: 64 * 1024,
  /** 1,000 addresses, or anything smaller. */
  other: 1024 * 1024,
} as const

/** How many items one request may hold. */
export const itemsMax = { signals: 1_000, addresses: 1_000, inPersonRows: 10_000 } as const

/** How many items one page of a list holds. */
export const pageSize = { byDefault: 100, max: 1_000 } as const

/** How many days of counts one request may ask. */
export const countDays = { byDefault: 30, max: 366 } as const

/** How deep the JSON of one piece of evidence may be nested; deeper than this nobody reads it. */
export const nestingMax = 32

/** How long a client may take, so that a slow one cannot hold a socket for ever. */
export const timeoutMs = {
  /** To send its headers. */
  headers: 15_000,
  /** To send the whole request. */
  request: 60_000,
  /** How often those above are looked at: Node's own 30 s would make 45 s of 15. */
  check: 5_000,
  /** With nothing said in either direction; a stream's heartbeat comes every 15 s. */
  idle: 75_000,
  /** Between two requests; longer than the 60 s of most load balancers, which must close first. */
  keepAlive: 72_000,
} as const

/** Headers of one request, in bytes. */
export const headerBytesMax = 16 * 1024

/** The change feed as a stream. */
export const stream = {
  pageSize: 500,
  /** How soon a change is looked for again after there was none. */
  pollMs: 200,
  heartbeatMs: 15_000,
  /** Streams open at once; the next one is answered `overloaded`. */
  openMax: 256,
} as const
