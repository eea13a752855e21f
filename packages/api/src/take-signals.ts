import type { Signal } from '@ledger/domain'
import { parseSignal, signalDataSchemas, signalTypePrefix } from '@ledger/domain'
import type { Ledger, RecordOutcome } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import type { Metrics } from '@ledger/runtime'
import type { Caller } from './keys.ts'
import { nestingMax } from './limits.ts'
import { problemTable } from './problem-table.ts'
import type { ItemProblem } from './schemas/problems.ts'

/** A signal read, or why not; `id` is the caller's own, if it had one. */
export type ReadItem = { readonly id: string | null } & (
  | { readonly ok: true; readonly signal: Signal }
  | { readonly ok: false; readonly action: string; readonly problem: ItemProblem }
)

/** What is said of one item. */
export type ItemOutcome = { readonly id: string | null } & (
  RecordOutcome | { readonly outcome: 'invalid'; readonly problem: ItemProblem }
)

/** Records signals and counts what became of them. */
export type SignalDesk = {
  readonly recordOne: (item: ReadItem, caller: Caller) => Promise<ItemOutcome>
  /**
   * All of them, in order; rejects with an `Outage` when any of them met one: a retry is harmless.
   */
  readonly recordAll: (items: readonly ReadItem[], caller: Caller) => Promise<ItemOutcome[]>
}

type Failed = { readonly failed: unknown }

export function openSignalDesk(ledger: Pick<Ledger, 'record'>, metrics: Metrics): SignalDesk {
  const counter = metrics.counter({
    name: 'ledger_signals_total',
    help: 'Signals taken, by action and outcome.',
    labels: ['action', 'outcome'],
  })

  const refuse = (id: string | null, action: string, problem: ItemProblem): ItemOutcome => {
    counter.add({ action, outcome: 'invalid' })
    return { id, outcome: 'invalid', problem }
  }

  const record = async ({ id }: ReadItem, signal: Signal): Promise<ItemOutcome> => {
    const outcome = await ledger.record(signal)
    counter.add({ action: signal.action, outcome: outcome.outcome })
    return { id, ...outcome }
  }

  const recordOne = (item: ReadItem, caller: Caller): Promise<ItemOutcome> => {
    if (!item.ok) return Promise.resolve(refuse(item.id, item.action, item.problem))
    const { signal } = item
    if (caller.sources !== null && !caller.sources.has(signal.source)) {
      return Promise.resolve(refuse(item.id, signal.action, sourceNotAllowed))
    }
    return record(item, signal)
  }

  const recordAll = async (items: readonly ReadItem[], caller: Caller): Promise<ItemOutcome[]> => {
    // Items are recorded together, for one fsync; those about one person in the order they were
    // sent, so that a YES finds the request before it and a START follows the STOP before it.
    const lastOf = new Map<string, Promise<ItemOutcome | Failed>>()
    const started = items.map((item) => {
      const people = item.ok ? peopleOf(item.signal) : []
      const before = people.flatMap((person) => lastOf.get(person) ?? [])
      const work =
        before.length === 0
          ? recordOne(item, caller)
          : Promise.all(before).then(() => recordOne(item, caller))
      const settled = work.catch((error: unknown): Failed => ({ failed: error }))
      for (const person of people) lastOf.set(person, settled)
      return settled
    })
    const settled = await Promise.all(started)
    const failures = settled.flatMap((each) => ('failed' in each ? [each.failed] : []))
    // A bug outweighs an outage, so that it is seen.
    if (failures.length > 0) throw failures.find((each) => !(each instanceof Outage)) ?? failures[0]
    return settled as ItemOutcome[]
  }

  return { recordOne, recordAll }
}

const sourceNotAllowed: ItemProblem = {
  code: 'source-not-allowed',
  detail: problemTable['source-not-allowed'].meaning,
  field: 'source',
}

function peopleOf({ addresses, other }: Signal): readonly string[] {
  const keys = other === undefined ? addresses : [...addresses, other]
  return keys.map(({ kind, value }) => `${kind}:${value}`)
}

const isObject = (value: unknown): value is Readonly<Partial<Record<string, unknown>>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** True when JSON is nested deeper than `depth`; never looks further down than that. */
export function isDeeperThan(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth === 0) return true
  for (const each of Object.values(value)) if (isDeeperThan(depth - 1, each)) return true
  return false
}

/**
 * The action a CloudEvent names, for the metrics: one of ours or `unknown`, never the sender's
 * word.
 */
function actionOf(item: unknown): string {
  const type = isObject(item) ? item['type'] : undefined
  if (typeof type !== 'string' || !type.startsWith(signalTypePrefix)) return 'unknown'
  const action = type.slice(signalTypePrefix.length)
  return Object.hasOwn(signalDataSchemas, action) ? action : 'unknown'
}

const notUtf8: ItemProblem = {
  code: 'invalid-signal',
  detail: 'expected UTF-8; the request holds other bytes',
}

/**
 * Reads one item. What would stop us from reading anything else, other bytes than UTF-8 or evidence
 * nested without end, stops no opt-out: it is read without.
 */
export function readItem(item: unknown, isUtf8: boolean): ReadItem {
  const parsed = parseSignal(withinDepth(item))
  const sentId = isObject(item) && typeof item['id'] === 'string' ? item['id'] : null
  if (!parsed.ok) return { ok: false, id: sentId, action: actionOf(item), problem: parsed.problem }
  const { signal } = parsed
  if (!isUtf8 && signal.action !== 'opt-out') {
    return { ok: false, id: signal.id, action: signal.action, problem: notUtf8 }
  }
  return { ok: true, id: signal.id, signal }
}

/** An item without its evidence, where that is too deep to be read. */
function withinDepth(item: unknown): unknown {
  if (!isObject(item) || !isObject(item['data'])) return item
  const { data } = item
  const { evidence, replacement } = data
  if (!isDeeperThan(nestingMax, evidence) && !isDeeperThan(nestingMax, replacement)) return item
  // Null is no evidence: an opt-out's safest reading sets in and says so, all else is refused.
  return { ...item, data: { ...data, evidence: null } }
}
