import type { Group, ScopeKey, Signal, State } from '@ledger/domain'
import { scopeCovers, scopeOfKey } from '@ledger/domain'
import type { RunningLedger } from '../running-ledger.ts'
import type { ImportList } from './import-list.ts'
import { readList } from './import-list.ts'
import { postAgain } from './post-again.ts'
import type { RowReport } from './row-report.ts'

/** What a list would do, each row taken by itself. */
export type Forecast = {
  /** Address and group pairs by what would become of them, such as `never -> subscribed`. */
  readonly changes: Readonly<Record<string, number>>
  readonly unchanged: number
  /** Pairs that a person or a producer opted out, which the list would opt in and cannot. */
  readonly stopStands: number
}

const addressesMax = 1_000

type Asked = { readonly action: 'opt-in' | 'opt-out'; readonly address: object }
type StateAnswer = {
  readonly results: readonly { readonly state?: State; readonly authority?: string | null }[]
}

/** Reads a list and asks for the state of everybody in it; records nothing. */
export async function forecast(
  ledger: RunningLedger,
  list: ImportList,
  report: RowReport,
  onRows: (rowsRead: number) => void,
): Promise<Forecast> {
  const changes: Record<string, number> = {}
  let [unchanged, stopStands] = [0, 0]
  const waiting = new Map<string, Asked[]>()
  const reached = reachOf(list.groups)
  const ask = async (group: string): Promise<void> => {
    const asked = waiting.get(group) ?? []
    waiting.delete(group)
    const body = JSON.stringify({ group, addresses: asked.map(({ address }) => address) })
    const { results } = (await postAgain(ledger, '/v1/state', body)) as StateAnswer
    for (const [index, { state = 'never', authority = null }] of results.entries()) {
      const becomes = stateAfter(asked[index]?.action ?? 'opt-in', state, authority)
      if (becomes === state) unchanged += 1
      else changes[`${state} -> ${becomes}`] = (changes[`${state} -> ${becomes}`] ?? 0) + 1
      const isKept = asked[index]?.action === 'opt-in' && becomes === 'unsubscribed'
      if (isKept) stopStands += 1
    }
  }
  for await (const { rows, rowsRead } of readList(list)) {
    for (const row of rows) {
      const problem = 'problem' in row ? row.problem : unknownGroup(row.signal, row.columnOf, list)
      if (problem !== null || 'problem' in row) {
        if (problem !== null) report.refused(row.row, problem)
        continue
      }
      report.doubtful(row)
      for (const group of reached(row.signal)) {
        const asked = waiting.get(group) ?? []
        waiting.set(group, asked)
        const { kind, value } = row.signal.addresses[0]
        asked.push({ action: row.signal.action as Asked['action'], address: { kind, value } })
        if (asked.length >= addressesMax) await ask(group)
      }
    }
    onRows(rowsRead)
    await report.settle()
  }
  for (const group of [...waiting.keys()]) await ask(group)
  return { changes, unchanged, stopStands }
}

/**
 * What a pair would be after an import's act: an opt-out always counts, an opt-in lifts only what
 * an import had opted out (P8).
 */
function stateAfter(action: Asked['action'], state: State, authority: string | null): State {
  if (action === 'opt-out') return 'unsubscribed'
  return state === 'unsubscribed' && authority !== 'import' ? 'unsubscribed' : 'subscribed'
}

/** Tells the groups whose answer an act may change: an opt-in's own, all that an opt-out covers. */
function reachOf(groups: ReadonlyMap<string, Group>): (signal: Signal) => readonly string[] {
  const known = new Map<ScopeKey, readonly string[]>()
  return ({ action, scope }) => {
    const found = known.get(scope)
    if (found !== undefined) return found
    const named = scopeOfKey(scope)
    const covered = [...groups.values()].filter((group) => scopeCovers(named, group))
    // A wide opt-in lifts and never grants; it is not foretold.
    if (action !== 'opt-out' && !('group' in named)) return []
    const ids = covered.map(({ id }) => id)
    known.set(scope, ids)
    return ids
  }
}

function unknownGroup(
  { action, scope }: Signal,
  columnOf: (field: string) => string,
  { groups }: ImportList,
) {
  const named = scopeOfKey(scope)
  if (action !== 'opt-in' || !('group' in named) || groups.has(named.group)) return null
  const field = columnOf('data.scope')
  return { code: 'unknown-group', detail: 'the group is not defined', field }
}
