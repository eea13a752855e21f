const day = /^\d{4}-\d{2}-\d{2}$/

/** What a cell says of when: an instant as it is written, or the edge of a day. */
export type ClaimedTime = { readonly at: string; readonly isDay: boolean }

/**
 * Reads when somebody acted. A day without a time is its first moment for an opt-in and its last
 * for an opt-out (in-person facts, section 5), told by a person's clock, whose margin of a day
 * covers every time zone. Days written otherwise, such as 03/04/2026, are handed on as they are and
 * refused there: which is the month would be a guess.
 */
export function claimedTime(cell: string | undefined, isOptOut: boolean): ClaimedTime | undefined {
  if (cell === undefined) return undefined
  if (!day.test(cell))
    return { at: cell.replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, '$1T'), isDay: false }
  return { at: `${cell}T${isOptOut ? '23:59:59' : '00:00:00'}Z`, isDay: true }
}
