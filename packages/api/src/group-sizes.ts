import type { State } from '@ledger/domain'
import { states } from '@ledger/domain'
import type { CountRow } from '@ledger/read-models'

/** The flow of one state on one day, and its size as the day ends. */
export type DaySize = {
  readonly day: string
  readonly state: State
  readonly entered: number
  readonly left: number
  readonly size: number
}

const msPerDay = 86_400_000
const toMs = (day: string): number => Date.parse(`${day}T00:00:00Z`)
const toDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** How many days two days span, both included; not positive when they are the wrong way round. */
export const daysBetween = (from: string, to: string): number =>
  (toMs(to) - toMs(from)) / msPerDay + 1

/** The day so many days before another. */
export const dayBefore = (day: string, days: number): string => toDay(toMs(day) - days * msPerDay)

/**
 * Sizes by day, from flows. Takes all flows since the first, because a size is what they add up to;
 * gives each day of the span, for each state that anybody is in or moved through, and nothing for a
 * span that ends before it begins.
 */
export function sizesByDay(flows: readonly CountRow[], from: string, to: string): DaySize[] {
  const sizes = new Map<State, number>()
  const flowOf = new Map<string, CountRow>()
  for (const flow of flows) {
    if (flow.day >= from) flowOf.set(`${flow.day} ${flow.state}`, flow)
    else sizes.set(flow.state, (sizes.get(flow.state) ?? 0) + flow.entered - flow.left)
  }
  const days = Array.from({ length: Math.max(0, daysBetween(from, to)) }, (_, index) =>
    dayBefore(from, -index),
  )
  return days.flatMap((day) =>
    states.flatMap((state): DaySize[] => {
      const { entered, left } = flowOf.get(`${day} ${state}`) ?? { entered: 0, left: 0 }
      const before = sizes.get(state) ?? 0
      const size = before + entered - left
      sizes.set(state, size)
      return before === 0 && entered === 0 && left === 0
        ? []
        : [{ day, state, entered, left, size }]
    }),
  )
}
