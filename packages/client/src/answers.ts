/*
 * What a ledger answers. Held to the ledger's own description by test/client/shapes.test.ts.
 */
import type { Actor, Address } from './signal-shapes.ts'

/** What is wrong with one item, in its place. */
export type ItemProblem = {
  readonly code: string
  readonly detail: string
  readonly field?: string
}

/** What became of one signal; `recorded`, `duplicate` and `quarantined` are on record for good. */
export type SignalResult = {
  readonly id: string | null
  readonly outcome: 'recorded' | 'duplicate' | 'quarantined' | 'conflict' | 'invalid'
  readonly eventId?: string
  /** Hand it back as `atLeast` to see the signal's effect. */
  readonly position?: string
  /** The person was erased since: nothing was compared or revived. */
  readonly erased?: boolean
  readonly problem?: ItemProblem
}

/** How far behind an answer is. */
export type Freshness = {
  /** Every event recorded by then is in the answer. */
  readonly asOf: string
  readonly lagMs: number
  readonly position: string | null
  readonly windowMs: number
  readonly withinWindow: boolean
  /** Events set aside; their subjects are held. */
  readonly parked: number
}

export type State = 'subscribed' | 'unsubscribed' | 'never' | 'pending' | 'expired' | 'ended'
export type Authority = 'person' | 'producer' | 'import'

/** The state of one subject in one group, and what decided it. */
export type StateParts = {
  readonly state: State
  readonly since: string | null
  readonly decisiveEventId: string | null
  readonly ruleId: string
  readonly authority: Authority | null
  readonly held: boolean
  readonly sendBlock: boolean
}

/** The state at one address, or why it cannot be told. */
export type StateResult =
  | ({ readonly address: Address } & StateParts)
  | { readonly address: Address; readonly problem: ItemProblem }

/** Why a message may or may not be sent; the first two permit. */
export type PermissionReason =
  | 'subscribed'
  | 'transactional'
  | 'unsubscribed'
  | 'never'
  | 'pending'
  | 'expired'
  | 'ended'
  | 'held'
  | 'blocked'
  | 'archived'
  | 'stale'
  | 'unknown-group'
  | 'invalid-address'

/** May this address be messaged, and why. */
export type PermissionResult = {
  readonly address: Address
  readonly permitted: boolean
  readonly reason: PermissionReason
  readonly state: State | null
  readonly decisiveEventId: string | null
  readonly policyVersion: string
}

/** Results in the order asked, and how fresh the least fresh of them is. */
export type Answered<Result> = {
  readonly results: readonly Result[]
  readonly freshness: Freshness
}

/** One person at one address, with the state in every group. */
export type Lookup = {
  readonly subject: string
  readonly kind: string
  readonly links: readonly {
    readonly subject: string
    readonly relation: string
    readonly kind: string
    readonly masked: string | null
  }[]
  readonly groups: readonly ({ readonly group: string } & StateParts)[]
  readonly freshness: Freshness
}

/** One event or attempt of a subject's timeline. */
export type HistoryItem = {
  readonly kind: 'event' | 'attempt'
  readonly type: string
  readonly recordedAt: string
  readonly effectiveAt: string | null
  readonly position: string | null
  readonly eventId: string | null
  readonly scope: string | null
  readonly authority: Authority | null
  readonly actor: Actor | null
  readonly method: string | null
  readonly counts: boolean
  readonly why: string
  readonly ruleId: string | null
  readonly because?: string
  readonly code?: string
}

/** One subject in one state of a group; its address is masked. */
export type Member = {
  readonly subject: string
  readonly kind: string
  readonly masked: string | null
  readonly state: State
  readonly since: string | null
  readonly decisiveEventId: string | null
  readonly held: boolean
  readonly sendBlock: boolean
}

/** One change of state; keep the `cursor` of the last one handled, and go on after it. */
export type Change = {
  readonly cursor: string
  readonly at: string
  readonly subject: string
  readonly group: string
  readonly previousState: State
} & StateParts
