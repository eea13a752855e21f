import type { EventId, Micros, Position } from '@ledger/domain'

/** An event to be written. */
export type NewEvent = {
  readonly id: EventId
  readonly type: string
  readonly schemaVersion: number
  /** Strictly increasing in a writer. */
  readonly recordedAt: Micros
  /** What may stand in clear: plain JSON, no personal data. */
  readonly data: object
  /** What names a person, as AES-256-GCM under the subject's key; null when there is nothing. */
  readonly sealed: Uint8Array | null
}

/** An event as the log keeps it, for ever and unchanged. */
export type RecordedEvent = {
  readonly id: EventId
  readonly type: string
  readonly schemaVersion: number
  readonly recordedAt: Micros
  readonly data: unknown
  readonly sealed: Uint8Array | null
  readonly stream: string
  /** 0 for the first event of its stream, then dense. */
  readonly revision: number
  readonly position: Position
}

/** Where one event stands, and whether the stream held it before. */
export type Placed = {
  readonly position: Position
  readonly revision: number
  readonly wasThere: boolean
}

export type AppendResult =
  | { readonly ok: true; readonly placed: readonly Placed[] }
  /** The stream is not at the expected revision; nothing was written. -1 when it has no event. */
  | { readonly ok: false; readonly actualRevision: number }

export type AppendOptions = {
  /** The revision the stream must be at; -1 or 'no-stream' when it must not exist. */
  readonly expected?: number | 'no-stream'
}

/**
 * The reading half of the log. All methods reject with an `Outage` when the store is out of reach.
 */
export interface EventReader {
  /** The id of this log, which every position names. */
  readonly logId: string
  /** All events of one stream in order; empty when there is none. Streams are short by design. */
  readStream(stream: string): Promise<readonly RecordedEvent[]>
  /** Up to `limit` events after a position (null: from the start), in log order, without gaps. */
  readAll(after: Position | null, limit: number): Promise<readonly RecordedEvent[]>
  /**
   * The same without what is sealed (`sealed` is null): for those who read much and open nothing.
   */
  readAllClear(after: Position | null, limit: number): Promise<readonly RecordedEvent[]>
  /** Up to `limit` events before a position (null: from the end), newest first. */
  readBackwards(before: Position | null, limit: number): Promise<readonly RecordedEvent[]>
  /** The position of the last event; null for an empty log. Never ahead of what `readAll` shows. */
  head(): Promise<Position | null>
}

/**
 * The log. An append needs no expected revision for signals, because the law does not depend on
 * their order; a decision that rests on what was read (affirmative, groups, policies) states one.
 */
export interface EventStore extends EventReader {
  /**
   * Adds, in one atomic write, those events whose ids the stream does not hold yet, and says per
   * event where it stands. Resolves only when they are durable. Calls made one after the other are
   * written in that order, and a `head()` called after an append includes it.
   */
  append(
    stream: string,
    events: readonly NewEvent[],
    options?: AppendOptions,
  ): Promise<AppendResult>
  /**
   * Calls back after events became durable: a hint, the reader still pulls. Returns its own
   * undoing.
   */
  onAppended(wake: () => void): () => void
  /** True once a write has failed in a way that may lie: nothing is written until a restart. */
  isWriteStopped(): boolean
  close(): Promise<void>
}
