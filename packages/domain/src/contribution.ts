import type { Authority } from './authority.ts'
import type { SubjectEvent } from './events.ts'
import type { EventId } from './identifiers.ts'
import type { RuleId } from './policy.ts'
import type { Mark } from './register.ts'
import { optInMark, optOutMark } from './register.ts'
import type { ScopeKey } from './scope.ts'
import type { Stamp } from './stamp.ts'

/** What one event adds to its subject's record: a stamp in a register, or one side of a link. */
export type Contribution =
  | {
      readonly to: 'register'
      readonly scope: ScopeKey
      readonly mark: Mark
      readonly stamp: Stamp
    }
  | { readonly to: 'link'; readonly side: 'linked' | 'unlinked'; readonly stamp: Stamp }

/** What one event, not void, adds; null for events that leave every record as it is. Total. */
export function contributionOf(event: SubjectEvent): Contribution | null {
  // A copy under another key of the same person is the same act: joined, the two are one stamp.
  const id = ('copyOf' in event.data ? event.data.copyOf : undefined) ?? event.id
  if (isGrantOfAnAddress(event)) return null
  switch (event.type) {
    case 'OptedIn':
      return stamped(id, event.data, optInMark[event.data.authority])
    case 'OptedOut':
      return stamped(id, event.data, optOutMark[event.data.authority])
    case 'OptInRequested':
      return stamped(id, event.data, 'requested')
    case 'ConsentEnded':
      return stamped(id, event.data, 'ended')
    case 'IntentSuspected':
      return stamped(id, event.data, 'suspected')
    case 'IntentResolved':
      return stamped(id, event.data, 'cleared')
    case 'SendBlocked':
      return stamped(id, event.data, 'blocked')
    case 'SendUnblocked':
      return stamped(id, event.data, 'unblocked')
    case 'AddressLinked':
      return { to: 'link', side: 'linked', stamp: stampOf(id, event.data) }
    case 'AddressUnlinked':
      return { to: 'link', side: 'unlinked', stamp: stampOf(id, event.data) }
    case 'Corrected': {
      const { replacement } = event.data
      if (replacement === undefined) return null
      return stamped(id, replacement, markOfReplacement(replacement.type, replacement.authority))
    }
    case 'OptInQuarantined':
    case 'SubjectErased':
      return null
    default:
      return unreachable(event)
  }
}

/**
 * True for the copy, under an external id, of an opt-in or request that was given for an address.
 * The external id shares all it says with every address it owns; a yes given for one address is no
 * yes for another (ADR 4), so the copy is kept as a record and the address alone holds the grant.
 */
export function isGrantOfAnAddress({ type, data }: SubjectEvent): boolean {
  if (!('copyOf' in data) || data.copyOf === undefined || data.kind !== 'external-id') return false
  if (type === 'Corrected') return 'replacement' in data && data.replacement?.type === 'OptedIn'
  return type === 'OptedIn' || type === 'OptInRequested'
}

type Timed = {
  readonly bound: number
  readonly effectiveAt: number
  readonly ruleId: RuleId
  readonly until?: number | undefined
}

function stamped(
  id: EventId,
  data: Timed & { readonly scope: ScopeKey },
  mark: Mark,
): Contribution {
  return { to: 'register', scope: data.scope, mark, stamp: stampOf(id, data) }
}

function stampOf(eventId: EventId, { bound, effectiveAt, ruleId, until }: Timed): Stamp {
  const stamp = { bound, eventId, effectiveAt, ruleId }
  return until === undefined ? stamp : { ...stamp, until }
}

function markOfReplacement(type: 'OptedIn' | 'OptedOut' | 'ConsentEnded', authority: Authority) {
  if (type === 'ConsentEnded') return 'ended'
  return type === 'OptedIn' ? optInMark[authority] : optOutMark[authority]
}

function unreachable(event: never): never {
  throw new Error(`unhandled event type ${(event as SubjectEvent).type}`)
}
