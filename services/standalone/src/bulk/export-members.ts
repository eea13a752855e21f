import type { LastLine, MemberLine } from '@ledger/api'
import { csvLine } from '@ledger/sources'
import type { RunningLedger } from '../running-ledger.ts'
import { answerLines } from './answer-lines.ts'
import type { Written } from './written-file.ts'

export const exportFormats = ['csv', 'json'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** The columns are those that an import reads, so that what was exported can be imported again. */
const header = [
  'address_kind',
  'address',
  'group',
  'state',
  'since',
  'subject',
  'decisive_event_id',
  'held',
  'send_block',
]

const memberCells = (line: MemberLine): readonly string[] => [
  line.address.kind,
  line.address.value,
  line.group,
  line.state,
  line.since ?? '',
  line.subject,
  line.decisiveEventId ?? '',
  String(line.held),
  String(line.sendBlock),
]

/**
 * Writes a group's members as they come, however many there are.
 * @throws Error when the answer breaks off before its end
 */
export async function exportMembers(
  ledger: RunningLedger,
  asked: { readonly group: string; readonly states: readonly string[] | undefined },
  format: ExportFormat,
  written: Written,
  onRows: (rows: number) => void,
): Promise<LastLine['end']> {
  const { group, states } = asked
  const response = await ledger.request(`/v1/groups/${encodeURIComponent(group)}/export`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(states === undefined ? {} : { states }),
  })
  if (!response.ok) {
    const { title = '', detail = '' } = (await response.json()) as Record<string, string>
    throw new Error(`${response.status} ${title} ${detail}`.trim())
  }
  let rows = 0
  await written.write(format === 'csv' ? csvLine(header) : '[')
  for await (const text of answerLines(response)) {
    const line = JSON.parse(text) as MemberLine | LastLine
    if ('end' in line) {
      await written.write(format === 'csv' ? '' : '\n]\n')
      return line.end
    }
    await written.write(
      format === 'csv' ? csvLine(memberCells(line)) : `${rows === 0 ? '' : ','}\n${text}`,
    )
    rows += 1
    onRows(rows)
  }
  throw new Error('the export broke off before its end')
}
