/** Where progress is shown: one line that is written over on a terminal, plain lines elsewhere. */
export type ProgressLine = {
  readonly show: (done: number, total: number | null) => void
  readonly end: (message: string) => void
}

const plainEveryMs = 1_000

/**
 * Progress with a rate and an estimate, on standard error, so that standard output stays the
 * answer.
 * @param unit what is counted
 */
export function progressLine(
  what: string,
  unit: 'events' | 'rows' | 'subjects' | 'bytes' = 'events',
  stream: NodeJS.WriteStream = process.stderr,
): ProgressLine {
  const startedAt = performance.now()
  let shownAt = 0
  return {
    show: (done, total) => {
      const now = performance.now()
      if (!stream.isTTY && now - shownAt < plainEveryMs) return
      shownAt = now
      const perSecond = done / Math.max(0.001, (now - startedAt) / 1_000)
      const left = total === null ? null : Math.max(0, total - done)
      const eta = left === null || perSecond === 0 ? '' : `, ${Math.ceil(left / perSecond)} s left`
      const of = total === null ? '' : ` of ${total}`
      const text = `${what}: ${done}${of} ${unit}, ${Math.round(perSecond)}/s${eta}`
      stream.write(stream.isTTY ? `\r${text}\u001b[K` : `${text}\n`)
    },
    end: (message) => stream.write(stream.isTTY ? `\r${message}\u001b[K\n` : `${message}\n`),
  }
}
