import type { Answered, Freshness, PermissionResult, StateResult } from './answers.ts'
import type { Address } from './signal-shapes.ts'
import type { Ask } from './transport.ts'

/** How many addresses one request asks at most: what the door takes. */
const addressesPerRequestMax = 1_000

export type GroupQuestion = {
  readonly group: string
  /** As many as you like; they are asked a thousand at a time. */
  readonly addresses: readonly Address[]
  /** Wait until this position is visible. */
  readonly atLeast?: string
  /** `strong` reads the log itself. */
  readonly consistency?: 'window' | 'strong'
}

export type StateQuestion = GroupQuestion & {
  /** As in force at this instant. */
  readonly at?: string
  /** As known at this instant or position. */
  readonly knownAt?: string
}

/** The state of each address in one group, in the order asked. */
export const askStates = (ask: Ask, question: StateQuestion): Promise<Answered<StateResult>> =>
  askInParts<StateResult>(ask, '/v1/state', question)

/** May each address be messaged on one group? In the order asked. */
export const askPermissions = (
  ask: Ask,
  question: GroupQuestion,
): Promise<Answered<PermissionResult>> =>
  askInParts<PermissionResult>(ask, '/v1/permissions', question)

async function askInParts<Result>(
  ask: Ask,
  path: string,
  { addresses, ...rest }: GroupQuestion,
): Promise<Answered<Result>> {
  const results: Result[] = []
  let oldest: Freshness | null = null
  for (let from = 0; from < addresses.length; from += addressesPerRequestMax) {
    const part = addresses.slice(from, from + addressesPerRequestMax)
    const body = JSON.stringify({ ...rest, addresses: part })
    const { results: more, freshness } = await ask<Answered<Result>>('POST', path, { body })
    results.push(...more)
    // Instants of one form and one zone sort as text.
    if (oldest === null || freshness.asOf < oldest.asOf) oldest = freshness
  }
  if (oldest === null) throw new RangeError('expected at least one address')
  return { results, freshness: oldest }
}
