import type { Finding, FindingCode, Report } from '@ledger/audit'
import { findings as meanings, isWrong } from '@ledger/audit'

/** So many findings are told one by one; of a file that is wholly another, more says no more. */
const toldMax = 1_000

/** Findings as they are told to an operator, and how many there were. */
export type FindingLog = {
  readonly report: Report
  readonly told: () => {
    readonly wrong: number
    readonly notes: number
    /** The first of them, at most `toldMax`. */
    readonly findings: readonly (Finding & { readonly meaning: (typeof meanings)[FindingCode] })[]
  }
}

/** Counts findings and writes a line for each of the first. */
export function findingLog(write: (line: string) => void): FindingLog {
  const kept: Finding[] = []
  let [wrong, notes] = [0, 0]
  return {
    report: (finding) => {
      if (isWrong(finding)) wrong += 1
      else notes += 1
      if (kept.length === toldMax) {
        if (wrong + notes === toldMax + 1) write('there is more; only the number is told')
        return
      }
      kept.push(finding)
      const { area, where, code } = finding
      write(`${isWrong(finding) ? 'wrong' : 'note'}: ${area}, ${where}: ${meanings[code]}`)
    },
    told: () => ({
      wrong,
      notes,
      findings: kept.map((finding) => ({ ...finding, meaning: meanings[finding.code] })),
    }),
  }
}
