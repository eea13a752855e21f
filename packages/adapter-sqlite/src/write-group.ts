import type { DatabaseSync } from 'node:sqlite'
import { failureOf, sqliteErrorCode } from './sqlite-failure.ts'

/** What the writing thread of one kind of file can do. */
export type Writes<Request, Reply> = {
  /** Reads, inside the transaction, what the requests of a group start from. */
  readonly begin: () => void
  /**
   * Does one request. It may throw at any step, so it changes what is in memory last of all, when
   * nothing can fail any more.
   */
  readonly run: (request: Request) => Reply
  /** Writes, before the commit, what the group as a whole has changed. */
  readonly end?: () => void
  /** The group is durable. */
  readonly committed?: () => void
  /** The group was undone, with all that `run` has changed. */
  readonly undone?: () => void
  /** Work between two groups that nobody waits for, in transactions of its own. */
  readonly afterwards?: () => void
}

/** The answer to a group of requests. */
export type GroupAnswer<Reply> =
  /** Committed. A request that was refused has a null, and its message stands in `refusals`. */
  | {
      readonly ok: true
      readonly replies: readonly (Reply | null)[]
      readonly refusals: readonly (readonly [index: number, message: string])[]
    }
  /** Nothing of the group was kept. `errorCode` is SQLite's. */
  | { readonly ok: false; readonly errorCode: number | null; readonly message: string }

/**
 * Runs all requests in one transaction: one fsync for all of them. One bad request must not fail
 * its neighbours. A savepoint around each would copy every page it touches, so the group first runs
 * without any; only when a request throws is all of it undone and run again with savepoints.
 */
export function runGroup<Request, Reply>(
  database: DatabaseSync,
  writes: Writes<Request, Reply>,
  requests: readonly Request[],
): GroupAnswer<Reply> {
  try {
    return runAll(database, writes, requests) ?? runEach(database, writes, requests)
  } catch (error) {
    undo(database, writes)
    const message = error instanceof Error ? error.message : String(error)
    return { ok: false, errorCode: sqliteErrorCode(error), message }
  }
}

/**
 * Does what waits between two groups. A full disk or a busy file only puts it off.
 * @throws Error after which nothing more may be written
 */
export function runAfterwards<Request, Reply>(
  database: DatabaseSync,
  writes: Writes<Request, Reply>,
): void {
  try {
    writes.afterwards?.()
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    const failure = failureOf(error)
    if (failure !== 'busy' && failure !== 'full') throw error
  }
}

/** All requests without savepoints; null, with nothing kept, when one was refused. */
function runAll<Request, Reply>(
  database: DatabaseSync,
  writes: Writes<Request, Reply>,
  requests: readonly Request[],
): GroupAnswer<Reply> | null {
  database.exec('BEGIN IMMEDIATE')
  writes.begin()
  const replies: Reply[] = []
  try {
    for (const request of requests) replies.push(writes.run(request))
  } catch (error) {
    if (!isRefusal(error)) throw error
    undo(database, writes)
    return null
  }
  commit(database, writes)
  return { ok: true, replies, refusals: [] }
}

function runEach<Request, Reply>(
  database: DatabaseSync,
  writes: Writes<Request, Reply>,
  requests: readonly Request[],
): GroupAnswer<Reply> {
  database.exec('BEGIN IMMEDIATE')
  writes.begin()
  const replies: (Reply | null)[] = []
  const refusals: (readonly [number, string])[] = []
  for (const [index, request] of requests.entries()) {
    database.exec('SAVEPOINT request')
    try {
      replies.push(writes.run(request))
    } catch (error) {
      if (!isRefusal(error)) throw error
      database.exec('ROLLBACK TO request')
      replies.push(null)
      refusals.push([index, error instanceof Error ? error.message : String(error)])
    }
    database.exec('RELEASE request')
  }
  commit(database, writes)
  return { ok: true, replies, refusals }
}

function commit<Request, Reply>(database: DatabaseSync, writes: Writes<Request, Reply>): void {
  writes.end?.()
  database.exec('COMMIT')
  writes.committed?.()
}

function undo<Request, Reply>(database: DatabaseSync, writes: Writes<Request, Reply>): void {
  if (database.isTransaction) database.exec('ROLLBACK')
  writes.undone?.()
}

/** True when an error concerns one request alone, and not the file or the disk. */
function isRefusal(error: unknown): boolean {
  const failure = failureOf(error)
  return failure === null || failure === 'statement'
}
