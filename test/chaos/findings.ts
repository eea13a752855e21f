import type { Acknowledged, Logged } from './check-log.ts'
import { checkLog } from './check-log.ts'

/** How long an acknowledged signal took to be visible, and when in the run that was. */
export type VisibleAfter = { readonly atMs: number; readonly tookMs: number }

/** All that a run of chaos leaves behind for its judge. */
export type Evidence = {
  readonly acknowledged: readonly Acknowledged[]
  readonly events: readonly (Logged & { readonly recordedAt: number })[]
  readonly visible: readonly VisibleAfter[]
  /** Where the read model differs from a fold of the log. */
  readonly differences: readonly string[]
  readonly isCaughtUp: boolean
  /** Answers that no client should ever get. */
  readonly wrong: readonly string[]
  /** Signals that nobody would take in the end. */
  readonly openCount: number
}

/** The promise that is made for every answer. */
const visibleMsMax = 60_000
/** The last third of a run may be so many times as slow as the first before it counts as drift. */
const driftMax = 5
/** What is faster than this may drift: a busy machine makes more. */
const driftMsMin = 1_000
/** With fewer measurements a third of a run is a fault or two, and not a trend. */
const driftCountMin = 500

/** The value below which so much of a list lies; 0 for an empty one. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
}

/** The median latency in the first and in the last third of a run. */
export function driftOf(visible: readonly VisibleAfter[]): { first: number; last: number } {
  const inOrder = visible.toSorted((a, b) => a.atMs - b.atMs).map(({ tookMs }) => tookMs)
  const third = Math.ceil(inOrder.length / 3)
  return {
    first: quantile(inOrder.slice(0, third), 0.5),
    last: quantile(inOrder.slice(-third), 0.5),
  }
}

/** Everything that is wrong with a run, in words; empty when nothing is. */
export function findingsOf(evidence: Evidence): readonly string[] {
  const { acknowledged, events, visible, differences, isCaughtUp, wrong, openCount } = evidence
  const { lost, doubled, misplaced } = checkLog(acknowledged, events)
  const slowest = Math.max(0, ...visible.map(({ tookMs }) => tookMs))
  const { first, last } = driftOf(visible)
  const backwards = events.filter((event, nth) => {
    const before = events[nth - 1]
    return before !== undefined && event.recordedAt <= before.recordedAt
  })
  const counted: readonly (readonly [number, string])[] = [
    [lost.length, 'acknowledged signals are lost'],
    [doubled.length, 'events stand in the log twice'],
    [misplaced.length, 'events stand elsewhere than was said'],
    [backwards.length, 'events are not stamped after the one before'],
    [differences.length, 'differences between the read model and the log'],
    [wrong.length, 'answers that no client should get'],
    [openCount, 'signals that were not taken in the end'],
  ]
  return [
    ...counted.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
    ...(isCaughtUp ? [] : ['the read model has not caught up']),
    ...(acknowledged.length > 0 && visible.length > 0 ? [] : ['nothing was measured']),
    ...(slowest > visibleMsMax ? [`a signal took ${Math.round(slowest)} ms to be visible`] : []),
    ...(visible.length >= driftCountMin && last > driftMsMin && last > driftMax * first
      ? [`visibility drifts from ${Math.round(first)} to ${Math.round(last)} ms`]
      : []),
  ]
}
