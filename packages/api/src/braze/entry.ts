import type { Address } from '@ledger/domain'

/** One person as a body names them: by an external id, by contact points, or by both. */
export type Person = {
  readonly externalId?: string | undefined
  readonly addresses: readonly Address[]
}

/** On whose word, as it was sent; the law reads it. */
export type Act = {
  readonly actor?: unknown
  readonly method?: unknown
  readonly evidence?: unknown
}

/** One thing that a body says of one person: a state in a group, or of all e-mail. */
export type Entry = {
  /** Where it stands in the body, to name it in an error. */
  readonly path: string
  readonly state: 'subscribed' | 'unsubscribed'
  /** The id of a group, or null for the global state of e-mail. */
  readonly group: string | null
  readonly person: Person
  readonly act: Act
  readonly asksToConfirm: boolean
}

/** That two keys of one person came in one object. */
export type Tie = {
  readonly path: string
  readonly externalId?: string | undefined
  readonly from: Address
  readonly to?: Address | undefined
}

/** What is wrong with one part of a body, which leaves its neighbours as they are. */
export type Complaint = { readonly path: string; readonly text: string }

/** A body that cannot be taken as a whole, in Braze's words where it has some. */
export type BodyRefusal = { readonly ok: false; readonly message: string }

/** All that a body, or one object of it, says. */
export type Said = {
  readonly entries: readonly Entry[]
  readonly ties: readonly Tie[]
  readonly complaints: readonly Complaint[]
}

export type ReadBody = BodyRefusal | ({ readonly ok: true } & Said)

export const refuseBody = (message: string): BodyRefusal => ({ ok: false, message })

/** How many there may be, and Braze's words for more. */
export const brazeLimits = {
  /** Of one kind in one request or in one group of it. */
  idsMax: 50,
  /** Of `attributes`, of `events` and of `purchases`, each. */
  trackedMax: 75,
  /** Braze: 450 groups in a workspace. */
  groupsMax: 450,
  /** Ours, for all groups of a request together: about a second's work. */
  entriesMax: 5_000,
} as const

export const tooManyExternalIds =
  'The max number of external_ids and aliases per request was exceeded'
export const tooManyIds = 'The max number of ids per request was exceeded'
export const tooManyObjects = 'Max Input Length Exceeded'
export const notBoth = 'Either an email address or a phone number should be provided, but not both.'
