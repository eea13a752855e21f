import { parseArgs } from 'node:util'
import { readConfig } from '@ledger/runtime'
import { allPages } from '../all-pages.ts'
import { configSchema } from '../config.ts'
import type { RunningLedger } from '../running-ledger.ts'
import { withLedger } from '../running-ledger.ts'
import { UsageError } from '../usage-error.ts'

/** What a group is defined by; what is not said stays as it is. */
type Definition = Readonly<Record<string, unknown>>
type Ask = (ledger: RunningLedger) => Promise<unknown>

const neededToCreate = ['name', 'channel', 'brand', 'purpose'] as const
const isWholeNumber = /^[1-9]\d{0,3}$/

/** Lists, defines, archives and reopens groups; prints the ledger's answer as JSON. */
export async function run(args: string[]): Promise<number> {
  const ask = requestOf(args)
  const answer = await withLedger(readConfig(configSchema, process.env), ask)
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
  return 0
}

/** What is asked of the ledger, checked before one is opened. */
function requestOf(args: string[]): Ask {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      name: { type: 'string' },
      channel: { type: 'string' },
      brand: { type: 'string' },
      purpose: { type: 'string' },
      senders: { type: 'string' },
      'double-opt-in': { type: 'boolean' },
      'confirm-within-days': { type: 'string' },
      json: { type: 'boolean' },
    },
  })
  const { json: _json, senders, 'confirm-within-days': days, ...plain } = values
  const { 'double-opt-in': doubleOptIn, ...texts } = plain
  if (days !== undefined && !isWholeNumber.test(days)) {
    throw new UsageError('--confirm-within-days takes a whole number of days')
  }
  const definition: Definition = {
    ...texts,
    ...(senders !== undefined && { senders: senders.split(',').filter((each) => each !== '') }),
    ...(doubleOptIn !== undefined && { doubleOptIn }),
    ...(days !== undefined && { confirmWithinDays: Number(days) }),
  }
  const [action = 'list', id] = positionals
  if (action === 'list') return (ledger) => allPages(ledger, '/v1/groups')
  if (id === undefined) throw new UsageError(`groups ${action} takes the id of a group`)
  const missing = neededToCreate.filter((option) => texts[option] === undefined)
  if (action === 'create' && missing.length > 0) {
    throw new UsageError(`groups create needs ${missing.map((each) => `--${each}`).join(', ')}`)
  }
  return requestAbout(action, `/v1/groups/${encodeURIComponent(id)}`, definition)
}

function requestAbout(action: string, path: string, definition: Definition): Ask {
  switch (action) {
    case 'get':
      return ({ send }) => send('GET', path)
    case 'create':
      return async (ledger) => {
        if ((await definedAt(ledger, path)) !== null) throw new Error('there is such a group')
        return ledger.send('PUT', path, definition)
      }
    case 'put':
      return async (ledger) => {
        const before = (await definedAt(ledger, path)) ?? {}
        return ledger.send('PUT', path, { ...before, ...definition })
      }
    case 'archive':
    case 'reopen':
      return ({ send }) => send('POST', `${path}/${action}`)
    default:
      throw new UsageError(`groups has no action ${JSON.stringify(action)}`)
  }
}

/** What a group is defined by now; null when there is none. */
async function definedAt({ request }: RunningLedger, path: string): Promise<Definition | null> {
  const response = await request(path, { method: 'GET' })
  const answer = (await response.json()) as Record<string, unknown>
  if (response.status === 404) return null
  if (!response.ok) throw new Error(`${response.status} ${String(answer['detail'])}`)
  const { id: _id, archived: _archived, ...definition } = answer
  return definition
}
