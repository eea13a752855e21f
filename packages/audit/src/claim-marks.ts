/** Which claims were named by an event: one bit each. */
export type ClaimMarks = {
  /** Marks a claim; false when it was marked before. */
  readonly mark: (number: number) => boolean
  readonly has: (number: number) => boolean
}

/** Marks for the claims 1 to `highWaterMark`; those beyond count as not marked. */
export function claimMarks(highWaterMark: number): ClaimMarks {
  const bits = new Uint8Array((highWaterMark >> 3) + 1)
  const has = (number: number): boolean =>
    number <= highWaterMark && ((bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0
  return {
    has,
    mark: (number) => {
      if (has(number)) return false
      if (number <= highWaterMark)
        bits[number >> 3] = (bits[number >> 3] ?? 0) | (1 << (number & 7))
      return true
    },
  }
}
