import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { ReadRow } from '@ledger/sources'
import { csvLine } from '@ledger/sources'

type SignalRow = Extract<ReadRow, { readonly event: unknown }>
type Outcome = 'recorded' | 'duplicate' | 'quarantined' | 'conflict' | 'invalid'
type Problem = { readonly code: string; readonly detail: string; readonly field?: string }

/** A row worth a look: where, and why. Never what stood there. */
export type RowNote = {
  readonly row: number
  readonly outcome: 'refused' | 'review' | 'conflict' | 'quarantined'
  readonly column: string
  readonly code: string
  readonly reason: string
}

export type RowCounts = Readonly<
  Record<'recorded' | 'duplicate' | 'quarantined' | 'conflict' | 'refused' | 'review', number>
>

/** Counts what became of rows, and notes those that a person should look at, one by one. */
export type RowReport = {
  readonly refused: (row: number, problem: Problem) => void
  /** Notes what of an opt-out is read by its safest reading. */
  readonly doubtful: (row: SignalRow) => void
  readonly answered: (row: SignalRow, outcome: Outcome, problem: Problem | undefined) => void
  readonly counts: () => RowCounts
  /** The first of the notes; all of them are in the file. */
  readonly firstNotes: () => readonly RowNote[]
  readonly noteCount: () => number
  /** Waits until the file has taken what was noted. */
  readonly settle: () => Promise<void>
  readonly close: () => Promise<void>
}

const firstNotesMax = 20

/** @param path where all notes are written as CSV; none when undefined */
export function openRowReport(path: string | undefined): RowReport {
  const counts = { recorded: 0, duplicate: 0, quarantined: 0, conflict: 0, refused: 0, review: 0 }
  const first: RowNote[] = []
  let noteCount = 0
  const file = path === undefined ? null : createWriteStream(path, { mode: 0o600 })
  // Kept until somebody awaits it: a disk that is full must stop the import, not crash it.
  let failure: unknown
  file?.on('error', (error) => {
    failure = error
  })
  file?.write(csvLine(['row', 'outcome', 'column', 'code', 'reason']))

  const note = (added: RowNote): void => {
    noteCount += 1
    if (first.length < firstNotesMax) first.push(added)
    const { row, outcome, column, code, reason } = added
    file?.write(csvLine([String(row), outcome, column, code, reason]))
  }
  const noteProblem = (
    row: number,
    outcome: RowNote['outcome'],
    { code, detail, field = 'row' }: Problem,
  ): void => note({ row, outcome, column: field, code, reason: detail })

  const doubtful = ({ row, signal, columnOf }: SignalRow): void => {
    const doubts = doubtsOf(signal)
    if (doubts.length > 0) counts.review += 1
    for (const { field, detail } of doubts) {
      const column = columnOf(field)
      note({ row, outcome: 'review', column, code: 'safest-reading', reason: detail })
    }
  }

  const settle = async (): Promise<void> => {
    if (failure !== undefined) throw new Error('the report cannot be written', { cause: failure })
    if (file?.writableNeedDrain === true)
      await Promise.race([once(file, 'drain'), once(file, 'close')])
  }

  return {
    refused: (row, problem) => {
      counts.refused += 1
      noteProblem(row, 'refused', problem)
    },
    doubtful,
    answered: (said, outcome, problem) => {
      const { row, columnOf } = said
      const named =
        problem?.field === undefined ? problem : { ...problem, field: columnOf(problem.field) }
      counts[outcome === 'invalid' ? 'refused' : outcome] += 1
      if (outcome === 'invalid') noteProblem(row, 'refused', named ?? unexplained)
      if (outcome === 'conflict' || outcome === 'quarantined') {
        noteProblem(row, outcome, named ?? unexplained)
      } else doubtful(said)
    },
    counts: () => counts,
    firstNotes: () => first,
    noteCount: () => noteCount,
    settle,
    close: async () => {
      await settle()
      if (file === null) return
      file.end()
      await once(file, 'close')
      await settle()
    },
  }
}

const unexplained: Problem = { code: 'invalid-signal', detail: 'refused' }

/** What of an opt-out could not be read and was given its safest reading. */
function doubtsOf({
  action,
  addresses,
  salvaged = [],
}: SignalRow['signal']): readonly { readonly field: string; readonly detail: string }[] {
  if (action !== 'opt-out') return []
  const isUnreachable = addresses.some(({ isParsable }) => !isParsable)
  return [
    ...(isUnreachable
      ? [{ field: 'data.address', detail: 'an opt-out of nobody who can be reached; for review' }]
      : []),
    ...salvaged.map((name) => ({
      field: `data.${name}`,
      detail: name === 'scope' ? 'unreadable; read as everything' : 'unreadable; read as unsaid',
    })),
  ]
}
