import type { Micros, Problem, Signal } from '@ledger/domain'
import type { Desk, EventReader, Ledger } from '@ledger/ledger'
import type { ParkedPlace, QueryDeps, ReadModelReader, RetryOutcome } from '@ledger/read-models'
import type { Logger, Metrics } from '@ledger/runtime'
import type { Source } from '@ledger/sources'
import type { KeyRing } from './keys.ts'

/** Whether the ledger may serve; reasons are short stable words, such as `outside-window`. */
export type Readiness = { readonly ready: boolean; readonly reasons: readonly string[] }

/** How far a rebuild of the read model has come. */
export type RebuildStatus = {
  readonly state: 'idle' | 'running' | 'done' | 'cancelled' | 'failed'
  /** Events applied so far. */
  readonly applied: number
  /** Events there are to apply; null when nobody counted them. */
  readonly total: number | null
  readonly startedAt: Micros | null
  readonly endedAt: Micros | null
}

/** Long work that an operator starts. None of these waits for the work to end. */
export type AdminDoors = {
  readonly startRebuild: () => Promise<RebuildStatus>
  readonly rebuildStatus: () => RebuildStatus | Promise<RebuildStatus>
  readonly cancelRebuild: () => Promise<RebuildStatus>
}

/** One thing that a row of a file or a till's batch says, read or refused. */
export type InPersonRow =
  | {
      readonly row: number
      readonly signal: Signal
      /** The column in which a field of the signal stood. */
      readonly columnOf?: (field: string) => string
    }
  | { readonly row: number; readonly id?: string; readonly problem: Problem }

/**
 * A body from a till as rows; or a problem when it cannot be read as rows at all; null: no such
 * source.
 */
export type InPersonBatch =
  | {
      readonly rowCount: number
      /** Read as they are taken, so that a long file does not keep everybody else waiting. */
      readonly signals: Iterable<InPersonRow>
    }
  | { readonly problem: Problem }
  | null

/** @param rowsMax more rows than these need not be read, but one, to tell that there are more */
export type ReadInPerson = (
  name: string,
  contentType: string,
  body: Uint8Array,
  rowsMax: number,
) => InPersonBatch

/** All that the doors stand on. They open nothing and close nothing of it. */
export type AppDeps = {
  readonly ledger: Ledger
  readonly queries: QueryDeps
  readonly desk: Desk
  readonly keys: KeyRing
  readonly readModel: ReadModelReader
  readonly reader: EventReader
  readonly metrics: Metrics
  readonly logger: Logger
  readonly readiness: () => Promise<Readiness>
  /** Has the projector try a parked event again. */
  readonly retryParked: (parked: ParkedPlace) => Promise<RetryOutcome>
  readonly admin?: AdminDoors | undefined
  readonly sourcesInPerson?: ReadInPerson | undefined
  /** The providers' webhooks that are set up. */
  readonly sources?: readonly Source[] | undefined
  /**
   * How people reach the ledger, for links in messages, without a slash at its end. Without it they
   * are to reach it as the caller did who asked for the link.
   */
  readonly publicUrl?: string | undefined
  /** Fetches what a provider's signature is checked with; rejects when it is out of reach. */
  readonly fetchText?: ((url: string) => Promise<string>) | undefined
}
