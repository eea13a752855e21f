import type { GroupId, State, SubjectId } from '@ledger/domain'
import { formatInstant } from '@ledger/domain'
import { Outage } from '@ledger/ledger'
import { freshnessOf } from '@ledger/read-models'
import { freshnessAnswer } from './answers.ts'
import type { AppDeps } from './app-deps.ts'
import type { LastLine, MemberLine } from './schemas/exports.ts'

const pageSizeMax = 1_000

/** How far an export came. */
export type ExportProgress = { rows: number; isWhole: boolean }

/**
 * The members of a group with their addresses, as lines of JSON, read page by page as the reader
 * takes them. The pages are not one moment: who changes state while they are read may be missing
 * or in it twice, each time with a state that was true.
 * @param progress told of each page
 */
export async function* exportMembers(
  { readModel, queries }: Pick<AppDeps, 'readModel' | 'queries'>,
  group: GroupId,
  states: readonly State[],
  progress: ExportProgress,
  closing: AbortSignal,
): AsyncGenerator<string> {
  const freshness = freshnessAnswer(freshnessOf(await readModel.checkpoint(), queries.now()))
  let withoutAddress = 0
  for (const state of states) {
    let after: SubjectId | null = null
    do {
      if (closing.aborted) throw new Outage('unavailable')
      const rows = await readModel.members(group, state, after, pageSizeMax)
      const addresses = await queries.book.reveal(rows.map(({ subject }) => subject))
      const lines: string[] = []
      for (const [index, row] of rows.entries()) {
        const address = addresses[index] ?? null
        if (address === null) {
          withoutAddress += 1
          continue
        }
        const { subject, since, decisiveEventId, held, sendBlock } = row
        const line: MemberLine = {
          ...{ address, subject, group, state },
          since: since === null ? null : formatInstant(since),
          ...{ decisiveEventId, held, sendBlock },
        }
        lines.push(`${JSON.stringify(line)}\n`)
      }
      progress.rows += lines.length
      if (lines.length > 0) yield lines.join('')
      after = rows.length < pageSizeMax ? null : (rows.at(-1)?.subject ?? null)
    } while (after !== null)
  }
  progress.isWhole = true
  const last: LastLine = { end: { rows: progress.rows, withoutAddress, freshness } }
  yield `${JSON.stringify(last)}\n`
}
