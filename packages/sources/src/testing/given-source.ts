import type { Group } from '@ledger/domain'
import { defineGroup, formatInstant } from '@ledger/domain'
import type { Provider, Reading, Verdict, VerifyContext } from '../provider.ts'
import { providers } from '../provider-table.ts'
import type { RawRequest } from '../raw-request.ts'
import type { Source } from '../source-config.ts'
import { readSources } from '../source-config.ts'

/** Where the tests of all providers receive. */
export const publicUrl = 'https://consent.acme.example'
export const doorOf = (provider: string): string => `${publicUrl}/sources/${provider}/acme`

/** The one who texts, and the number that is texted. */
export const person = '+15555550123'
export const sender = '+15555550100'

/** Our bot, on channels that have one. */
export const bot = 'acme_bot'

const group = (
  id: string,
  purpose: 'marketing' | 'transactional',
  channel = 'sms',
  owned = sender,
): Group =>
  defineGroup(id as Group['id'], {
    name: id,
    channel,
    brand: 'acme',
    purpose,
    senders: [owned],
    doubleOptIn: false,
    confirmWithinDays: 30,
  })

/** Two groups that own the sender, and some of other channels that must not be touched. */
export const groupsOfTests: readonly Group[] = [
  group('offers', 'marketing'),
  group('receipts', 'transactional'),
  group('offers-wa', 'marketing', 'whatsapp'),
  group('offers-messenger', 'marketing', 'messenger', bot),
  group('offers-telegram', 'marketing', 'telegram', bot),
  group('offers-viber', 'marketing', 'viber', bot),
  // What e-mail providers name as list, topic or stream.
  { ...group('news', 'marketing', 'email'), senders: ['weekly', '42', 'broadcast'] },
]

/** A source as a file would set it up; secrets are `env:` names of `env`. */
export function sourceOf(
  provider: string,
  fields: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Source {
  const file = { sources: { acme: { provider, brand: 'acme', publicUrl, ...fields } } }
  const read = readSources(JSON.stringify(file), env, providers)
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  const [source] = read.sources
  if (source === undefined) throw new Error('no source')
  return source
}

export function providerOf(name: string): Provider {
  const provider = providers.get(name)
  if (provider === undefined) throw new Error(`there is no provider ${name}`)
  return provider
}

type Sent = {
  readonly method?: 'GET' | 'POST'
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export const requestOf = (provider: string, sent: Sent): RawRequest => ({
  method: sent.method ?? 'POST',
  url: sent.url ?? doorOf(provider),
  headers: sent.headers ?? {},
  body: Buffer.from(sent.body ?? ''),
})

/** When the tests take place, in seconds since 1970: 2026-11-23T12:00:00Z. */
export const nowSeconds = 1_795_435_200

/** What a provider makes of a request; without what would have to be fetched. */
export function verdictOn(
  source: Source,
  raw: RawRequest,
  more: Partial<VerifyContext> = {},
): Verdict {
  const context = { source, nowSeconds, fetched: () => undefined, ...more }
  return providerOf(source.provider).verify(raw, context)
}

/** A verdict in a word. */
export function wordOf(verdict: Verdict): string {
  if ('needs' in verdict) return 'needs'
  if (!verdict.isTrue) return verdict.why
  return verdict.isStale ? 'stale' : 'believed'
}

/** What a provider reads out of a request, in a form that is easily compared. */
export function readingOf(
  source: Source,
  raw: RawRequest,
  { isStale = false, wholeText }: { isStale?: boolean; wholeText?: string } = {},
): Reading | null {
  const context = { source, groups: groupsOfTests, isStale, wholeText }
  return providerOf(source.provider).toSignals(raw, context)
}

/** The signals of a request as one line each: `opt-out brand:acme/... +1555 <id> at <time>`. */
export function linesOf(reading: Reading | null): readonly string[] {
  return (reading?.signals ?? []).map((read) => {
    if (!read.ok) return `refused ${read.action} ${read.problem.code}`
    const { action, scope, addresses, other, claimedAt } = read.signal
    const at = claimedAt === undefined ? '' : ` at ${formatInstant(claimedAt)}`
    const values = addresses.map(({ value }) => value).join('+')
    if (action === 'link') return `link ${values} ${other?.value ?? ''}${at}`
    return `${action} ${scope} ${values}${at}`
  })
}
