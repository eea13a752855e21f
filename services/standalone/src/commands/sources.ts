import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Group, NormalAddress } from '@ledger/domain'
import { defineGroup, formatInstant, groupDefinitionSchema } from '@ledger/domain'
import { readConfig } from '@ledger/runtime'
import type { RawRequest, Reading, ReadSignal, Source } from '@ledger/sources'
import { providers } from '@ledger/sources'
import * as z from 'zod'
import { configSchema } from '../config.ts'
import { readSourcesFile } from '../read-sources-file.ts'
import type { RunningLedger } from '../running-ledger.ts'
import { withLedger } from '../running-ledger.ts'
import { UsageError } from '../usage-error.ts'

/** Shows what webhooks become, and reads those again that nobody could read. */
export async function run(args: string[]): Promise<number> {
  const options = { query: { type: 'string' } } as const
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options })
  const [action, name, file] = positionals
  if (action === 'replay') return replay(name)
  if (action !== 'test') throw new UsageError('sources has the actions test and replay')
  return test(name, file, values.query)
}

/** `sources replay <id>`: reads the kept webhook of a review again and records what it says. */
async function replay(id: string | undefined): Promise<number> {
  if (id === undefined) throw new UsageError('sources replay takes the id of a review')
  const path = `/v1/reviews/${encodeURIComponent(id)}/replay`
  const config = readConfig(configSchema, process.env)
  const answer = await withLedger(config, ({ send }) => send('POST', path))
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
  return z.object({ readable: z.boolean() }).parse(answer).readable ? 0 : 1
}

/**
 * `sources test <name> <file>`: prints the signals that a captured body would become, and records
 * nothing. Its signature is not looked at, because the headers were not captured with it.
 */
async function test(
  name: string | undefined,
  file: string | undefined,
  query: string | undefined,
): Promise<number> {
  if (name === undefined || file === undefined) {
    throw new UsageError('sources test takes the name of a source and a file')
  }
  const config = readConfig(configSchema, process.env)
  if (config.SOURCES_FILE === undefined) throw new UsageError('set SOURCES_FILE')
  const sources = readSourcesFile(config.SOURCES_FILE, process.env)
  const source = sources.find((each) => each.name === name)
  if (source === undefined) throw new UsageError(`there is no source ${JSON.stringify(name)}`)
  const raw = capturedRequest(source, readFileSync(file), query)
  const groups = await withLedger(config, groupsOf)
  const reading = providers.get(source.provider)?.toSignals(raw, { source, groups, isStale: false })
  process.stdout.write(`${JSON.stringify(answerOf(reading ?? null), null, 2)}\n`)
  return reading === null || reading === undefined || reading.hasUnreadable === true ? 1 : 0
}

/** A body as its provider would have sent it: JSON if it looks so, else a form. */
function capturedRequest(source: Source, body: Buffer, query: string | undefined): RawRequest {
  const isJson = /^\s*[{[]/.test(body.toString('utf8', 0, 100))
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded'
  const path = `/sources/${source.provider}/${source.name}`
  return {
    method: query === undefined ? 'POST' : 'GET',
    url: `${source.publicUrl ?? ''}${path}${query === undefined ? '' : `?${query}`}`,
    headers: { 'content-type': type },
    // What an editor added at the end of the file was not in the body.
    body: isJson ? body : Buffer.from(body.toString('utf8').trimEnd()),
  }
}

const pageSchema = z.object({
  items: z.array(z.looseObject({ id: z.string(), archived: z.boolean() })),
  cursor: z.string().nullable(),
})

/** Every group of the ledger, as its doors tell. */
async function groupsOf({ send }: RunningLedger): Promise<readonly Group[]> {
  const groups: Group[] = []
  let cursor: string | null = null
  do {
    const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = pageSchema.parse(await send('GET', `/v1/groups?limit=1000${after}`))
    for (const { id, archived, ...rest } of page.items) {
      const definition = z.object(groupDefinitionSchema.shape).parse(rest)
      groups.push(defineGroup(id as Group['id'], definition, archived))
    }
    ;({ cursor } = page)
  } while (cursor !== null)
  return groups
}

function answerOf(reading: Reading | null): object {
  if (reading === null) return { readable: false, signals: [] }
  const { ignored, part, hasUnreadable = false } = reading
  return {
    readable: !hasUnreadable,
    signals: reading.signals.map(signalAnswer),
    ignored,
    ...(part === undefined ? {} : { part }),
  }
}

function signalAnswer(read: ReadSignal): object {
  if (!read.ok) return { id: read.id, action: read.action, problem: read.problem }
  const { source, id, action, addresses, scope, actor, method, clock, evidence } = read.signal
  const { claimedAt, other, relation } = read.signal
  const at = claimedAt === undefined ? {} : { claimedAt: formatInstant(claimedAt) }
  const keys = addresses.map(spelled)
  const isLink = action === 'link' && other !== undefined
  const about = isLink ? { other: spelled(other), relation } : { scope }
  return { source, id, action, addresses: keys, ...about, actor, method, clock, ...at, evidence }
}

const spelled = ({ kind, value }: Pick<NormalAddress, 'kind' | 'value'>) => ({ kind, value })
