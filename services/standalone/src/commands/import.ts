import { parseArgs } from 'node:util'
import type { Group } from '@ledger/domain'
import { familyOf, isPhoneCountry } from '@ledger/domain'
import { readConfig } from '@ledger/runtime'
import type { ImportForm } from '@ledger/sources'
import { importForms, recogniseImport } from '@ledger/sources'
import type { Forecast } from '../bulk/forecast.ts'
import { forecast } from '../bulk/forecast.ts'
import type { ImportList } from '../bulk/import-list.ts'
import type { RowReport } from '../bulk/row-report.ts'
import { openRowReport } from '../bulk/row-report.ts'
import { sendList } from '../bulk/send-list.ts'
import type { SurveyedFile } from '../bulk/survey-file.ts'
import { surveyFile } from '../bulk/survey-file.ts'
import { configSchema } from '../config.ts'
import { progressLine } from '../progress-line.ts'
import type { RunningLedger } from '../running-ledger.ts'
import { withLedger } from '../running-ledger.ts'
import { UsageError } from '../usage-error.ts'

/** A list that would turn round more people than this is imported with --yes only. */
const turnedMax = 100

const optionsOf = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      format: { type: 'string' },
      country: { type: 'string' },
      ignore: { type: 'string' },
      report: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })

type Options = ReturnType<typeof optionsOf>['values']

/** Imports a list of opt-ins and opt-outs. Run again, it changes nothing. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = optionsOf(args)
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) throw new UsageError('import takes one file')
  const form = importForms.find((each) => each === values.format)
  if (values.format !== undefined && form === undefined) {
    throw new UsageError(`--format takes one of ${importForms.join(', ')}`)
  }
  if (values.country !== undefined && !isPhoneCountry(values.country)) {
    throw new UsageError('--country takes two capital letters, such as US')
  }
  const config = readConfig(configSchema, process.env)
  const survey = await surveyFile(path)
  if (!survey.ok) return refuse(survey.detail)
  const ignored = values.ignore?.split(',') ?? []
  const recognised = recogniseImport(survey.file.head, { form, ignored })
  if (!recognised.ok) return refuse(recognised.detail)
  return withLedger(config, async (ledger) => {
    const { header } = recognised
    const groups = await readGroups(ledger)
    const { country } = values
    const list = { file: survey.file, header, form: recognised.form, country, groups }
    return importList(ledger, list, values)
  })
}

function refuse(detail: string): number {
  process.stderr.write(`nothing was imported: ${detail}\n`)
  return 1
}

async function importList(
  ledger: RunningLedger,
  list: ImportList,
  values: Options,
): Promise<number> {
  const isDry = values['dry-run']
  if (isDry || !values.yes) {
    const report = openRowReport(isDry ? values.report : undefined)
    const line = progressLine('check', 'rows')
    const rows = countRows(list.file, line)
    const foretold = await forecast(ledger, list, report, rows.read)
    line.end(`check done: ${rows.count()} rows`)
    await report.close()
    const turned = turnedBy(foretold)
    if (isDry) {
      const code = report.counts().refused > 0 ? 1 : 0
      return tell(list, values, { isDry, rows: rows.count(), report, foretold }, code)
    }
    if (turned > turnedMax) {
      process.stderr.write(`${forecastText(foretold)}\n`)
      return refuse(`it would turn round ${turned} people, or try to; if that is meant, say --yes`)
    }
  }
  const report = openRowReport(values.report)
  const line = progressLine('import', 'rows')
  const rows = countRows(list.file, line)
  try {
    await sendList(ledger, list, report, rows.read)
  } catch (error) {
    line.end(`import stopped after ${rows.count()} rows; run it again to go on`)
    throw error
  } finally {
    await report.close()
  }
  line.end(`import done: ${rows.count()} rows`)
  const { refused } = report.counts()
  return tell(list, values, { isDry, rows: rows.count(), report }, refused > 0 ? 1 : 0)
}

function countRows(file: SurveyedFile, line: ReturnType<typeof progressLine>) {
  let count = 0
  return {
    count: () => count,
    read: (rowsRead: number): void => {
      count = rowsRead
      // The header is a line as well.
      line.show(count, Math.max(count, file.lines - 1))
    },
  }
}

/** Re-subscribed people whom an old opt-out would reach, and people who said no. */
function turnedBy({ changes, stopStands }: Forecast): number {
  const turns = [
    'subscribed -> unsubscribed',
    'pending -> unsubscribed',
    'unsubscribed -> subscribed',
  ]
  return turns.reduce((sum, turn) => sum + (changes[turn] ?? 0), stopStands)
}

type Told = {
  readonly isDry: boolean
  readonly rows: number
  readonly report: RowReport
  readonly foretold?: Forecast
}

function tell(
  { file, form }: { readonly file: SurveyedFile; readonly form: ImportForm },
  { json, report: path }: Options,
  { isDry, rows, report, foretold }: Told,
  code: number,
): number {
  const counts = report.counts()
  const notes = report.firstNotes()
  const left = report.noteCount() - notes.length
  if (json) {
    const { sha256 } = file
    const answer = {
      sha256,
      form,
      dryRun: isDry,
      rows,
      ...counts,
      ...foretold,
      notes,
      notesLeft: left,
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
    return code
  }
  for (const { row, outcome, column, code: problem, reason } of notes) {
    process.stderr.write(`row ${row}: ${outcome}, ${column}: ${reason} (${problem})\n`)
  }
  if (left > 0) {
    const where = path === undefined ? '--report FILE writes all of them' : `all are in ${path}`
    process.stderr.write(`and ${left} more; ${where}\n`)
  }
  const { refused, review, ...signals } = counts
  const parts = isDry ? { refused, review } : { ...signals, refused, review }
  const text = Object.entries(parts).map(([name, count]) => `${name.padEnd(12)} ${count}`)
  const forecasted = foretold === undefined ? [] : [forecastText(foretold)]
  const head = `${isDry ? 'would read' : 'read'} ${rows} rows (${form}, sha256 ${file.sha256})`
  process.stdout.write(`${[head, ...text, ...forecasted].join('\n')}\n`)
  return code
}

function forecastText({ changes, unchanged, stopStands }: Forecast): string {
  const changed = Object.entries(changes).sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    ...changed.map(([change, count]) => `${change}: ${count}`),
    `unchanged: ${unchanged}, of them ${stopStands} whose own opt-out no import lifts`,
  ].join('\n')
}

type GroupPage = {
  readonly items: readonly (Group & { readonly archived: boolean })[]
  readonly cursor: string | null
}

async function readGroups(ledger: RunningLedger): Promise<ReadonlyMap<string, Group>> {
  const groups = new Map<string, Group>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const from = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = (await ledger.send('GET', `/v1/groups?limit=1000${from}`)) as GroupPage
    for (const { archived, ...group } of page.items) {
      groups.set(group.id, { ...group, family: familyOf(group.channel), isArchived: archived })
    }
    cursor = page.cursor
  }
  return groups
}
