import { parseArgs } from 'node:util'
import { readConfig } from '@ledger/runtime'
import { allPages } from '../all-pages.ts'
import { configSchema } from '../config.ts'
import { progressLine } from '../progress-line.ts'
import type { RunningLedger } from '../running-ledger.ts'
import { withLedger } from '../running-ledger.ts'
import { UsageError } from '../usage-error.ts'

type Parked = { readonly position: string }
type Retried = { readonly position: string; readonly outcome: string; readonly detail: string }

/** Lists parked events, or tries them again; 1 when one of them stays parked. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { all: { type: 'boolean', default: false }, json: { type: 'boolean' } },
  })
  const [action = 'list', position] = positionals
  const config = readConfig(configSchema, process.env)
  if (action === 'list') {
    print(await withLedger(config, (ledger) => allPages(ledger, '/v1/parked')))
    return 0
  }
  if (action !== 'retry') throw new UsageError(`parked has no action ${JSON.stringify(action)}`)
  if ((position === undefined) !== values.all) {
    throw new UsageError('parked retry takes a position, or --all')
  }
  const results = await withLedger(config, async (ledger) =>
    position === undefined ? retryAll(ledger) : [await retry(ledger, position)],
  )
  print({ items: results })
  return results.every(({ outcome }) => outcome === 'applied') ? 0 : 1
}

const print = (answer: object): void =>
  void process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)

const retry = async ({ send }: RunningLedger, position: string): Promise<Retried> =>
  (await send('POST', `/v1/parked/${encodeURIComponent(position)}/retry`)) as Retried

async function retryAll(ledger: RunningLedger): Promise<readonly Retried[]> {
  const line = progressLine('retry')
  const parked = (await allPages(ledger, '/v1/parked')).items as readonly Parked[]
  const results: Retried[] = []
  for (const { position } of parked) {
    results.push(await retry(ledger, position))
    line.show(results.length, parked.length)
  }
  const applied = results.filter(({ outcome }) => outcome === 'applied').length
  line.end(`retry: ${applied} of ${parked.length} parked events applied`)
  return results
}
