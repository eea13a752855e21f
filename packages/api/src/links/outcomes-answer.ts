import type { GroupId, Micros, Signal } from '@ledger/domain'
import { microsPerDay, scopeOfKey } from '@ledger/domain'
import type { Ledger } from '@ledger/ledger'
import type { Reading, SourceAnswer } from '@ledger/sources'
import type { ItemOutcome } from '../take-signals.ts'
import { mintLink } from './link-url.ts'

type Where = {
  readonly ledger: Pick<Ledger, 'groups' | 'keyring'>
  /** Of the links, up to the token. */
  readonly base: string
  readonly now: Micros
}

const confirmDaysMax = 7

/**
 * What became of each signal, for a backend of the tenant's own. Where a group asks for a second
 * step, the link that confirms it comes along: it goes to who is trusted to send it to the person,
 * and to nobody else.
 */
export function outcomesAnswer(
  where: Where,
  reading: Reading | null,
  outcomes: readonly ItemOutcome[],
): SourceAnswer {
  const results = outcomes.map((outcome, index) => {
    const read = reading?.signals[index]
    const isTaken = outcome.outcome === 'recorded' || outcome.outcome === 'duplicate'
    const confirm = read?.ok === true && isTaken ? confirmLink(where, read.signal) : null
    return confirm === null ? outcome : { ...outcome, confirm }
  })
  const unread = reading === null ? { problem: 'unreadable; kept, and listed in /v1/reviews' } : {}
  const body = JSON.stringify({ results, ...unread })
  return { status: 200, contentType: 'application/json', body }
}

/** Null where nothing waits to be confirmed (ADR 8). */
function confirmLink({ ledger, base, now }: Where, signal: Signal) {
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
    expiresAt: now + days * microsPerDay,
  })
}
