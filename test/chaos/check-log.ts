/** A signal that was acknowledged: where the ledger said that its event stands. */
export type Acknowledged = {
  readonly id: string
  readonly eventId: string
  readonly position: string
}

/** What a log holds of an event. */
export type Logged = { readonly id: string; readonly position: string; readonly stream: string }

/** What is wrong with a log; all three are empty when nothing is. */
export type Verdict = {
  /** Acknowledged signals whose event is not in the log. */
  readonly lost: readonly string[]
  /** Events that stand in the log more than once. */
  readonly doubled: readonly string[]
  /** Acknowledged signals whose event stands elsewhere than was said. */
  readonly misplaced: readonly string[]
}

/**
 * Judges a log by what was acknowledged: every acknowledged event stands in it exactly once, where
 * its first acknowledgement said.
 */
export function checkLog(
  acknowledged: readonly Acknowledged[],
  logged: readonly Logged[],
): Verdict {
  const places = new Map<string, string[]>()
  for (const { id, position } of logged) places.set(id, [...(places.get(id) ?? []), position])
  const lost = acknowledged.filter(({ eventId }) => !places.has(eventId))
  const misplaced = acknowledged.filter(({ eventId, position }) => {
    const found = places.get(eventId)
    return found !== undefined && !found.includes(position)
  })
  const doubled = [...places].filter(([, positions]) => positions.length > 1)
  return {
    lost: lost.map(({ id }) => id),
    doubled: doubled.map(([eventId]) => eventId),
    misplaced: misplaced.map(({ id }) => id),
  }
}

export const allIsWell: Verdict = { lost: [], doubled: [], misplaced: [] }
