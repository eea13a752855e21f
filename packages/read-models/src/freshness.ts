import type { Micros, Position } from '@ledger/domain'
import type { Checkpoint } from './read-model.ts'

/** The promise: no answer rests on a read model further behind than this. */
export const windowMs = 60_000

/** How old an answer is, said in every answer. */
export type Freshness = {
  /** Every event recorded at or before this instant is in the answer. */
  readonly asOf: Micros
  readonly lagMs: number
  readonly position: Position | null
  readonly windowMs: number
  readonly withinWindow: boolean
  /** Events that could not be applied; their subjects are held. */
  readonly parked: number
}

/** The freshness of an answer read at `now` under a checkpoint. */
export function freshnessOf(checkpoint: Checkpoint, now: Micros): Freshness {
  const { asOf, position, parked } = checkpoint
  const lagMs = Math.max(0, Math.ceil((now - asOf) / 1_000))
  return { asOf, lagMs, position, windowMs, withinWindow: lagMs <= windowMs, parked }
}
