import type { State, StateAnswer } from '@ledger/domain'

/** Braze's words for a state in a group. */
export type BrazeStatus = 'Subscribed' | 'Unsubscribed' | 'Unknown'

const words: Readonly<Record<State, BrazeStatus>> = {
  subscribed: 'Subscribed',
  unsubscribed: 'Unsubscribed',
  never: 'Unknown',
  // Asked, and not confirmed: at Braze Unsubscribed until then.
  pending: 'Unsubscribed',
  // Known here, and not to be messaged: of the three words this is the one that says both.
  expired: 'Unsubscribed',
  ended: 'Unsubscribed',
}

/**
 * An answer in Braze's words. Who is held or blocked may not be messaged now, and these words have
 * no other way to say so.
 */
export function statusWord({ state, held, sendBlock }: StateAnswer): BrazeStatus {
  return held || sendBlock ? 'Unsubscribed' : words[state]
}
