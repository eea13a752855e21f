import { parseArgs } from 'node:util'
import { keyScopeSchema } from '@ledger/api'
import { formatInstant, microsPerDay } from '@ledger/domain'
import { nowMicros, readConfig } from '@ledger/runtime'
import * as z from 'zod'
import { allPages } from '../all-pages.ts'
import { configSchema } from '../config.ts'
import type { RunningLedger } from '../running-ledger.ts'
import { withLedger } from '../running-ledger.ts'
import { UsageError } from '../usage-error.ts'

const optionsSchema = z.object({
  name: z.string().min(1).max(128).default('unnamed'),
  scopes: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(keyScopeSchema).min(1))
    .default(['query']),
  sources: z
    .string()
    .transform((text) => text.split(','))
    .nullable()
    .default(null),
  days: z.coerce.number().int().min(1).max(3_650).nullable().default(null),
  overlap: z.coerce.number().int().min(0).max(8_760).optional(),
})
/** Options that are not called as their fields are. */
const optionOf: Readonly<Record<string, string>> = {
  days: 'expires-in-days',
  overlap: 'overlap-hours',
}
type Options = z.output<typeof optionsSchema>

/** Lists, creates, rotates and revokes API keys. A new key is printed once and kept nowhere. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      scopes: { type: 'string' },
      sources: { type: 'string' },
      'expires-in-days': { type: 'string' },
      'overlap-hours': { type: 'string' },
      json: { type: 'boolean' },
    },
  })
  const { 'expires-in-days': days, 'overlap-hours': overlap } = values
  const parsed = optionsSchema.safeParse({ ...values, days, overlap })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = String(issue?.path[0] ?? 'option')
    throw new UsageError(`--${optionOf[field] ?? field}: ${issue?.message ?? 'malformed'}`)
  }
  const [action = 'list', id] = positionals
  if (action === 'create' && (values.name === undefined || values.scopes === undefined)) {
    throw new UsageError('keys create needs --name and --scopes')
  }
  const ask = requestOf(action, id, parsed.data)
  const answer = await withLedger(readConfig(configSchema, process.env), ask)
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
  return 0
}

/** What is asked of the ledger, checked before one is opened. */
function requestOf(
  action: string,
  id: string | undefined,
  { name, scopes, sources, days, overlap }: Options,
): (ledger: RunningLedger) => Promise<unknown> {
  switch (action) {
    case 'list':
      return (ledger) => allPages(ledger, '/v1/keys')
    case 'create': {
      const limits = {
        ...(sources === null ? {} : { sources }),
        ...(days === null ? {} : { expiresAt: formatInstant(nowMicros() + days * microsPerDay) }),
      }
      return ({ send }) => send('POST', '/v1/keys', { name, scopes, ...limits })
    }
    case 'revoke':
      if (id === undefined) throw new UsageError('revoke takes the id of a key')
      return ({ send }) => send('POST', `/v1/keys/${encodeURIComponent(id)}/revoke`)
    case 'rotate': {
      if (id === undefined) throw new UsageError('rotate takes the id of a key')
      const body = overlap === undefined ? {} : { overlapHours: overlap }
      return ({ send }) => send('POST', `/v1/keys/${encodeURIComponent(id)}/rotate`, body)
    }
    default:
      throw new UsageError(`keys has no action ${JSON.stringify(action)}`)
  }
}
