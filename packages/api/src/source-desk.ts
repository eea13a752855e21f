import { createHash } from 'node:crypto'
import type { Micros } from '@ledger/domain'
import type { Metrics } from '@ledger/runtime'
import type {
  Disbelief,
  Provider,
  RawRequest,
  Reading,
  ReadSignal,
  Source,
  SourceAnswer,
  Verdict,
} from '@ledger/sources'
import { hasCredentials, providers } from '@ledger/sources'
import type { AppDeps } from './app-deps.ts'
import { keepRequest, openKept, pathOf } from './kept-bodies.ts'
import type { Caller } from './keys.ts'
import { outcomesAnswer } from './links/outcomes-answer.ts'
import { openPartAssembler } from './part-assembler.ts'
import { RequestRefused } from './problem.ts'
import { openRefrains } from './refrains.ts'
import type { ItemOutcome, ReadItem, SignalDesk } from './take-signals.ts'
import type { UsedTokens } from './used-tokens.ts'
import { openUsedTokens } from './used-tokens.ts'

/** What a provider's request came to. */
export type Taken = { readonly answer: SourceAnswer } | { readonly why: Disbelief }

/** Takes what providers send: believes it or not, reads it, records it, keeps the unreadable. */
export type SourceDesk = {
  /** Rejects with an `Outage` when it could not be recorded; the provider comes again. */
  readonly take: (provider: Provider, source: Source, raw: RawRequest) => Promise<Taken>
  /**
   * Reads a request that was kept once more, as after a newer version learned to read it; null when
   * it is not kept, or its source is set up no more.
   */
  readonly replay: (id: string) => Promise<Replayed | null>
}

/** What a kept request came to. */
export type Replayed = { readonly readable: boolean; readonly results: readonly ItemOutcome[] }

type Recorded = {
  readonly reading: Reading | null
  readonly isUnreadable: boolean
  readonly outcomes: readonly ItemOutcome[]
}

/** Believed because of what it sends, not for a key. */
const callerOfSources: Caller = { keyId: 'source', scopes: new Set(['intake']), sources: null }

/** Of forged requests so many lines are logged for each source in a minute; all are counted. */
const refusalsLoggedMax = 10

const countersOf = (metrics: Metrics) => ({
  requests: metrics.counter({
    name: 'ledger_source_requests_total',
    help: 'Requests of providers, by outcome.',
    labels: ['provider', 'outcome'],
  }),
  ignored: metrics.counter({
    name: 'ledger_source_ignored_total',
    help: 'What providers sent that says nothing of consent, by kind.',
    labels: ['provider', 'kind'],
  }),
})

export function openSourceDesk(deps: AppDeps, signals: SignalDesk): SourceDesk {
  const { metrics, ledger, queries } = deps
  const { requests, ignored } = countersOf(metrics)
  const fetched = openFetched(deps.fetchText)
  const parts = openPartAssembler()
  const refrains = openRefrains()
  const tokens = openUsedTokens()
  const logRefusal = refusalLog(deps)

  const take = async (provider: Provider, source: Source, raw: RawRequest): Promise<Taken> => {
    const verdict = await verify(provider, source, raw, { fetched, tokens, now: queries.now() })
    const count = (outcome: string) => requests.add({ provider: provider.name, outcome })
    if (!('isTrue' in verdict)) throw new RequestRefused('source-out-of-reach')
    if (!verdict.isTrue) {
      count(verdict.why)
      logRefusal(source, verdict.why)
      return { why: verdict.why }
    }
    const { isStale, token } = verdict
    const { reading, outcomes } = await recordRequest(provider, source, raw, isStale)
    if (token !== undefined) tokens.spend(source.name, token, hashOf(raw))
    if (reading?.visit !== undefined) await fetched.visit(reading.visit)
    count(reading === null ? 'unreadable' : isStale ? 'stale' : 'taken')
    if (provider.answer !== 'outcomes') return { answer: reading?.answer ?? provider.answer }
    return { answer: outcomesAnswer(deps, new URL(raw.url).origin, reading, outcomes) }
  }

  /** Reads a request that is believed, with the parts before it, and records what it says. */
  const recordRequest = async (
    provider: Provider,
    source: Source,
    raw: RawRequest,
    isStale: boolean,
  ): Promise<Recorded> => {
    const context = { source, groups: ledger.groups.list(), isStale }
    const first = provider.toSignals(raw, context)
    const from = pathOf(source)
    const wholeText = first?.part === undefined ? null : parts.add(from, first.part)
    const reading = wholeText === null ? first : provider.toSignals(raw, { ...context, wholeText })
    for (const kind of reading?.ignored ?? []) ignored.add({ provider: provider.name, kind })
    const read = (reading?.signals ?? []).filter(refrains.isNew)
    const items = read.map(itemOf)
    const outcomes = items.length === 0 ? [] : await signals.recordAll(items, callerOfSources)
    refrains.remember(read)
    // Afterwards, so that nothing of it stands in the way of an opt-out. An act that we know for
    // one and cannot record must be seen by a person.
    const isUnreadable = reading === null || reading.hasUnreadable === true
    if (isUnreadable || items.some(({ ok }) => !ok)) await keepRequest(deps, source, raw, isStale)
    if (reading?.part !== undefined && wholeText !== null) parts.forget(from, reading.part)
    return { reading, isUnreadable, outcomes }
  }

  const replay = async (id: string): Promise<Replayed | null> => {
    const kept = await openKept(deps, id)
    const source = deps.sources?.find((each) => pathOf(each) === kept?.source)
    const provider = source === undefined ? undefined : providers.get(source.provider)
    if (kept === null || source === undefined || provider === undefined) return null
    const recorded = await recordRequest(provider, source, kept.raw, kept.isStale)
    return { readable: !recorded.isUnreadable, results: recorded.outcomes }
  }

  return { take, replay }
}

const hashOf = ({ body }: RawRequest): string => createHash('sha256').update(body).digest('hex')

type VerifyDeps = {
  readonly fetched: ReturnType<typeof openFetched>
  readonly tokens: UsedTokens
  readonly now: Micros
}

/** A signature that came with something else before. */
const spent: Verdict = { isTrue: false, why: 'forged' }

/** Whether to believe a request; fetches what that takes. */
async function verify(
  provider: Provider,
  source: Source,
  raw: RawRequest,
  { fetched, tokens, now }: VerifyDeps,
): Promise<Verdict> {
  if (!hasCredentials(raw, source)) return { isTrue: false, why: 'unsigned' }
  const context = { source, nowSeconds: Math.floor(now / 1_000_000), fetched: fetched.get }
  const verdict = provider.verify(raw, context)
  if ('isTrue' in verdict && verdict.isTrue && verdict.token !== undefined) {
    return tokens.isSpent(source.name, verdict.token, hashOf(raw)) ? spent : verdict
  }
  if (!('needs' in verdict)) return verdict
  await fetched.fetch(verdict.needs)
  const second = provider.verify(raw, context)
  // What was fetched proved nothing: it may have been an error page, so it is asked for again.
  if (!('isTrue' in second) || !second.isTrue) fetched.forget(verdict.needs)
  return second
}

/** A signal as the desk takes it. */
export const itemOf = (read: ReadSignal): ReadItem =>
  read.ok
    ? { ok: true, id: read.id, signal: read.signal }
    : { ok: false, id: read.id, action: read.action, problem: read.problem }

/** Names the source and why, never anything of the request. */
function refusalLog({ logger, queries }: Pick<AppDeps, 'logger' | 'queries'>) {
  const minuteMicros = 60_000_000
  const logged = new Map<string, { minute: number; lines: number }>()
  return (source: Source, why: Disbelief): void => {
    const minute = Math.floor(queries.now() / minuteMicros)
    const before = logged.get(source.name)
    const lines = before?.minute === minute ? before.lines + 1 : 1
    logged.set(source.name, { minute, lines })
    if (lines > refusalsLoggedMax) return
    logger.warn({ source: source.name, provider: source.provider, why }, 'refused a webhook')
  }
}

/** How many certificates are remembered; a provider has one at a time for each region. */
const fetchedMax = 100

/** What was fetched to check signatures with, remembered by its URL. */
function openFetched(fetchText: AppDeps['fetchText']) {
  const texts = new Map<string, string>()
  const fetch = async (url: string): Promise<void> => {
    if (fetchText === undefined) throw new RequestRefused('source-out-of-reach')
    const text = await fetchText(url).catch(() => {
      throw new RequestRefused('source-out-of-reach')
    })
    if (texts.size >= fetchedMax) texts.clear()
    texts.set(url, text)
  }
  return {
    get: (url: string) => texts.get(url),
    fetch,
    forget: (url: string) => void texts.delete(url),
    /** Fetches for the sake of having asked. */
    visit: async (url: string): Promise<void> => {
      await fetch(url)
      texts.delete(url)
    },
  }
}
