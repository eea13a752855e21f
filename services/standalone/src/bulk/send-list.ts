import type { ReadRow } from '@ledger/sources'
import type { RunningLedger } from '../running-ledger.ts'
import type { ImportList } from './import-list.ts'
import { readList } from './import-list.ts'
import { postAgain } from './post-again.ts'
import type { RowReport } from './row-report.ts'

const batchSignalsMax = 1_000
/** Half of what the door reads. */
const batchCharsMax = 4 * 1024 * 1024
/** One on its way while the next is read: more only queue up at the ledger. */
const inFlightMax = 2

type SignalRow = Extract<ReadRow, { readonly event: unknown }>

type Answer = {
  readonly results: readonly {
    readonly outcome: 'recorded' | 'duplicate' | 'quarantined' | 'conflict' | 'invalid'
    readonly problem?: { readonly code: string; readonly detail: string; readonly field?: string }
  }[]
}

/** Rows on their way to the door, with what they are written as. */
type Batch = { readonly rows: SignalRow[]; readonly written: string[]; chars: number }

const emptyBatch = (): Batch => ({ rows: [], written: [], chars: 0 })

/**
 * Sends a list to the ledger, some batches at a time, and tells the report of each row. Ends when
 * every row was answered; killed before that, it is run again, and what was recorded is a
 * duplicate.
 */
export async function sendList(
  ledger: RunningLedger,
  list: ImportList,
  report: RowReport,
  onRows: (rowsRead: number) => void,
): Promise<void> {
  const inFlight: Promise<void>[] = []
  let batch = emptyBatch()
  const send = async ({ rows, written }: Batch): Promise<void> => {
    const answer = (await postAgain(ledger, '/v1/signals', `[${written.join(',')}]`)) as Answer
    for (const [index, { outcome, problem }] of answer.results.entries()) {
      const row = rows[index]
      if (row === undefined) throw new Error('the ledger answered more signals than it was sent')
      report.answered(row, outcome, problem)
    }
  }
  const flush = async (): Promise<void> => {
    if (batch.rows.length === 0) return
    const sent = send(batch)
    // Awaited in turn below; a failure must not be unhandled until then.
    sent.catch(() => undefined)
    inFlight.push(sent)
    batch = emptyBatch()
    if (inFlight.length >= inFlightMax) await inFlight.shift()
  }
  for await (const { rows, rowsRead } of readList(list)) {
    for (const row of rows) {
      if ('problem' in row) {
        report.refused(row.row, row.problem)
        continue
      }
      const written = JSON.stringify(row.event)
      if (batch.chars + written.length > batchCharsMax) await flush()
      batch.rows.push(row)
      batch.written.push(written)
      batch.chars += written.length
      if (batch.rows.length >= batchSignalsMax) await flush()
    }
    onRows(rowsRead)
    await report.settle()
  }
  await flush()
  await Promise.all(inFlight)
}
