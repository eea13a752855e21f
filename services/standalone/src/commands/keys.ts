import { parseArgs } from 'node:util'
import { openSqliteDesk } from '@ledger/adapter-sqlite'
import type { KeyRing } from '@ledger/api'
import { openKeyRing, keyScopeSchema } from '@ledger/api'
import type { Micros } from '@ledger/domain'
import { formatInstant, microsPerDay } from '@ledger/domain'
import type { StoredKey } from '@ledger/ledger'
import { nowMicros, readConfig } from '@ledger/runtime'
import * as z from 'zod'
import { configSchema } from '../config.ts'
import { openExistingDataFolder } from '../data-folder.ts'
import type { RunningLedger } from '../running-ledger.ts'
import { accessFolder } from '../running-ledger.ts'
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
})
type Options = z.output<typeof optionsSchema>

/** Lists, creates and revokes API keys. A new key is printed once and kept nowhere. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      scopes: { type: 'string' },
      sources: { type: 'string' },
      'expires-in-days': { type: 'string' },
      json: { type: 'boolean' },
    },
  })
  const parsed = optionsSchema.safeParse({ ...values, days: values['expires-in-days'] })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new UsageError(`--${issue?.path.join('.') ?? 'option'}: ${issue?.message ?? 'malformed'}`)
  }
  const [action = 'list', id] = positionals
  if (action === 'create' && (values.name === undefined || values.scopes === undefined)) {
    throw new UsageError('keys create needs --name and --scopes')
  }
  const config = readConfig(configSchema, process.env)
  const folder = openExistingDataFolder(config.DATA_DIR)
  const access = accessFolder(folder, config.ADMIN_KEY)
  if (access.running !== null) return actRunning(access.running, action, id, parsed.data)
  const desk = await openSqliteDesk({ path: folder.desk })
  try {
    return await actOnFiles(await openKeyRing({ desk, now: nowMicros }), action, id, parsed.data)
  } finally {
    await desk.close()
    access.release()
  }
}

const print = (value: unknown): void =>
  void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)

async function actRunning(
  ledger: RunningLedger,
  action: string,
  id: string | undefined,
  { name, scopes, sources, days }: Options,
): Promise<number> {
  const expiresAt = days === null ? null : formatInstant(nowMicros() + days * microsPerDay)
  switch (action) {
    case 'list':
      print(await ledger.send('GET', '/v1/keys'))
      return 0
    case 'create':
      print(
        await ledger.send('POST', '/v1/keys', {
          name,
          scopes,
          ...(sources === null ? {} : { sources }),
          ...(expiresAt === null ? {} : { expiresAt }),
        }),
      )
      return 0
    case 'revoke':
      if (id === undefined) throw new UsageError('revoke takes the id of a key')
      print(await ledger.send('POST', `/v1/keys/${encodeURIComponent(id)}/revoke`))
      return 0
    default:
      throw new UsageError(`keys has no action ${JSON.stringify(action)}`)
  }
}

/** A key as the doors show it: without its hash, its times as text. */
function shown({ secretHash: _secret, createdAt, expiresAt, revokedAt, ...rest }: StoredKey) {
  const text = (at: Micros | null): string | null => (at === null ? null : formatInstant(at))
  return {
    ...rest,
    createdAt: formatInstant(createdAt),
    expiresAt: text(expiresAt),
    revokedAt: text(revokedAt),
  }
}

async function actOnFiles(
  keys: KeyRing,
  action: string,
  id: string | undefined,
  { name, scopes, sources, days }: Options,
): Promise<number> {
  switch (action) {
    case 'list':
      print({ items: keys.list().map(shown), cursor: null })
      return 0
    case 'create': {
      const expiresAt = days === null ? null : nowMicros() + days * microsPerDay
      const { key, text } = await keys.create({ name, scopes, sources, expiresAt })
      print({ id: key.id, name, scopes, sources, key: text })
      return 0
    }
    case 'revoke': {
      if (id === undefined) throw new UsageError('revoke takes the id of a key')
      const revoked = await keys.revoke(id)
      process.stdout.write(revoked === null ? 'there is no such key\n' : `revoked ${id}\n`)
      return revoked === null ? 1 : 0
    }
    default:
      throw new UsageError(`keys has no action ${JSON.stringify(action)}`)
  }
}
