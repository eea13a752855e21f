import type { GroupId, Signal } from '@ledger/domain'
import { microsPerDay, scopeOfKey } from '@ledger/domain'
import type { Reading, SourceAnswer } from '@ledger/sources'
import type { AppDeps } from '../app-deps.ts'
import type { ItemOutcome } from '../take-signals.ts'
import { mintLink } from './link-url.ts'

type Deps = Pick<AppDeps, 'ledger' | 'queries' | 'publicUrl'>

const confirmDaysMax = 7

/**
 * What became of each signal, for a backend of the tenant's own. Where a group asks for a second
 * step, the link that confirms it comes along: it goes to who is trusted to send it to the person,
 * and to nobody else.
 * @param origin where the backend found the ledger, for links when nobody said where people do
 */
export function outcomesAnswer(
  deps: Deps,
  origin: string,
  reading: Reading | null,
  outcomes: readonly ItemOutcome[],
): SourceAnswer {
  const base = `${deps.publicUrl ?? origin}/u/`
  const results = outcomes.map((outcome, index) => {
    const read = reading?.signals[index]
    const isTaken = outcome.outcome === 'recorded' || outcome.outcome === 'duplicate'
    const confirm = read?.ok === true && isTaken ? confirmLink(deps, base, read.signal) : null
    return confirm === null ? outcome : { ...outcome, confirm }
  })
  const unread = reading === null ? { problem: 'unreadable; kept, and listed in /v1/reviews' } : {}
  const body = JSON.stringify({ results, ...unread })
  return { status: 200, contentType: 'application/json', body }
}

/** Null where nothing waits to be confirmed (ADR 8). */
function confirmLink({ ledger, queries }: Deps, base: string, signal: Signal) {
  const scope = scopeOfKey(signal.scope)
  const group = 'group' in scope ? ledger.groups.get(scope.group as GroupId) : undefined
  const isRequest =
    signal.action === 'opt-in-requested' ||
    (signal.action === 'opt-in' &&
      group?.doubleOptIn === true &&
      (signal.actor === 'person' || signal.actor === 'staff') &&
      signal.method !== 'double-opt-in')
  if (group === undefined || !isRequest) return null
  const days = Math.min(group.confirmWithinDays, confirmDaysMax)
  const { kind, value } = signal.addresses[0]
  return mintLink(ledger.keyring, base, {
    purpose: 'confirm',
    address: { kind, value },
    scope: signal.scope,
    expiresAt: queries.now() + days * microsPerDay,
  })
}
