/*
 * What a producer says. Held to the ledger's own description by test/client/shapes.test.ts.
 */

/** A typed contact point: `{ kind: 'phone', value: '+12025550143' }`, with a phone in E.164. */
export type Address = { readonly kind: string; readonly value: string }

/** What a signal covers, from one group to everything. Wide scopes cover marketing groups. */
export type Scope =
  | { readonly group: string }
  | { readonly brand: string; readonly family: string; readonly purpose?: Purposes }
  | { readonly family: string; readonly purpose?: Purposes }
  | 'all'
  | { readonly all: true; readonly purpose?: Purposes }
type Purposes = 'marketing' | 'any'

export type Actor = 'person' | 'provider' | 'staff' | 'system' | 'import'

/** Who is meant, when it was and what shows it. Instants are RFC 3339 with an offset. */
type Circumstances = {
  readonly address?: Address
  readonly externalId?: string
  readonly claimedAt?: string
  readonly sentAt?: string
  readonly clock?: 'server' | 'provider' | 'device' | 'human'
  readonly evidence?: Readonly<Record<string, unknown>>
}
type ByAnybody = Circumstances & { readonly actor: Actor; readonly method: string }
type ByOperator = Circumstances & { readonly actor?: Actor; readonly method?: string }
type Ends = ByOperator & {
  readonly other?: Address
  readonly relation?: 'owner' | 'same-person' | 'successor'
}
type Replacement = {
  readonly action: 'opt-in' | 'opt-out' | 'ended'
  readonly scope: Scope
  readonly actor: Actor
  readonly method: string
  readonly claimedAt?: string
  readonly clock?: Circumstances['clock']
  readonly validUntil?: string
  readonly evidence?: Circumstances['evidence']
}

/** The `data` of each type of signal. */
type DataOf = {
  readonly 'subscription.opt-in': ByAnybody & {
    readonly scope: Scope
    readonly validUntil?: string
  }
  readonly 'subscription.opt-out': ByAnybody & { readonly scope: Scope }
  readonly 'subscription.opt-in-requested': ByAnybody & {
    readonly scope: Scope
    readonly expiresAt?: string
  }
  readonly 'subscription.affirmative': ByAnybody & { readonly scope: Scope }
  readonly 'subscription.link': Ends
  readonly 'subscription.unlink': Ends
  readonly 'subscription.ended': ByOperator & { readonly scope?: Scope }
  readonly 'subscription.correction': ByOperator & {
    readonly voids: readonly string[]
    readonly replacement?: Replacement
  }
  readonly 'subscription.intent-suspected': ByOperator & { readonly scope: Scope }
  readonly 'subscription.intent-resolved': ByOperator & {
    readonly scope: Scope
    readonly decision?: 'dismissed' | 'opt-out'
  }
}

/**
 * A signal with its identity: `source` and `id` name it for ever, so that a repeat is found to be
 * one.
 */
export type Signal = {
  [Type in keyof DataOf]: {
    readonly type: Type
    readonly source: string
    readonly id: string
    readonly time?: string
    readonly data: DataOf[Type]
  }
}[keyof DataOf]

/** A signal that may not have its id yet. */
export type NewSignal = {
  [Type in keyof DataOf]: Omit<Extract<Signal, { type: Type }>, 'id'> & { readonly id?: string }
}[keyof DataOf]

/** The signal with an id: its own, or one minted now, once and before the first try. */
export function identified(signal: NewSignal): Signal {
  return { ...signal, id: signal.id ?? crypto.randomUUID() }
}
