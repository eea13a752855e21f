import { parseArgs } from 'node:util'
import type { PersonExport } from '@ledger/api'
import { addressSchema, states } from '@ledger/domain'
import { readConfig } from '@ledger/runtime'
import type { ExportFormat } from '../bulk/export-members.ts'
import { exportFormats, exportMembers } from '../bulk/export-members.ts'
import { personCsv } from '../bulk/export-person.ts'
import type { Written } from '../bulk/written-file.ts'
import { openWritten } from '../bulk/written-file.ts'
import { configSchema } from '../config.ts'
import { progressLine } from '../progress-line.ts'
import type { RunningLedger } from '../running-ledger.ts'
import { withLedger } from '../running-ledger.ts'
import { UsageError } from '../usage-error.ts'

const optionsOf = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      group: { type: 'string' },
      state: { type: 'string' },
      address: { type: 'string' },
      format: { type: 'string' },
      out: { type: 'string' },
    },
  })

type Options = ReturnType<typeof optionsOf>['values']
type Export = (ledger: RunningLedger, written: Written) => Promise<void>

/** Writes the members of a group, or all that is known of one person. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = optionsOf(args)
  const [what, ...more] = positionals
  const exporting = what === undefined || more.length > 0 ? null : exportOf(what, values)
  if (exporting === null) throw new UsageError('export takes one of members, person')
  await withLedger(readConfig(configSchema, process.env), async (ledger) => {
    const written = await openWritten(values.out)
    try {
      await exporting(ledger, written)
      await written.done()
    } catch (error) {
      await written.abandon()
      throw error
    }
  })
  return 0
}

/** What is asked of the ledger, checked before one is opened. */
function exportOf(what: string, values: Options): Export | null {
  if (what === 'members') return membersOf(values)
  return what === 'person' ? personOf(values) : null
}

function formatOf(text: string): ExportFormat {
  const format = exportFormats.find((each) => each === text)
  if (format === undefined)
    throw new UsageError(`--format takes one of ${exportFormats.join(', ')}`)
  return format
}

function membersOf({ group, state, format = 'csv' }: Options): Export {
  if (group === undefined) throw new UsageError('export members needs --group')
  if (state !== undefined && !states.some((each) => each === state)) {
    throw new UsageError(`--state takes one of ${states.join(', ')}`)
  }
  const asked = { group, states: state === undefined ? undefined : [state] }
  const wanted = formatOf(format)
  return async (ledger, written) => {
    const line = progressLine('export', 'rows')
    const show = (rows: number): void => line.show(rows, null)
    const { rows, withoutAddress } = await exportMembers(ledger, asked, wanted, written, show)
    const erased = withoutAddress === 0 ? '' : `, ${withoutAddress} erased and left out`
    line.end(`export done: ${rows} members${erased}`)
  }
}

function personOf({ address: text = '', format = 'json' }: Options): Export {
  const colon = Math.max(0, text.indexOf(':'))
  const [kind, value] = [text.slice(0, colon), text.slice(colon + 1)]
  const address = addressSchema.safeParse({ kind, value })
  if (!address.success) {
    throw new UsageError('--address takes KIND:VALUE, such as phone:+12025550143')
  }
  const wanted = formatOf(format)
  return async ({ send }, written) => {
    const found = await send('POST', '/v1/subjects/export', { address: address.data })
    const person = found as PersonExport
    await written.write(
      wanted === 'csv' ? personCsv(person) : `${JSON.stringify(person, null, 2)}\n`,
    )
    if (person.sharedWith > 0) {
      const owners = `${person.sharedWith} other external id(s)`
      process.stderr.write(`shared with ${owners}, left out; export each by its external-id\n`)
    }
  }
}
