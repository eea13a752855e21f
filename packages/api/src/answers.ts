import type { Group, Micros, StateAnswer } from '@ledger/domain'
import { formatInstant } from '@ledger/domain'
import type { StoredKey } from '@ledger/ledger'
import type { Freshness } from '@ledger/read-models'
import type { RebuildStatus } from './app-deps.ts'

const instantOrNull = (at: Micros | null): string | null => (at === null ? null : formatInstant(at))

/** How old an answer is, as every answer says it. */
export const freshnessAnswer = (freshness: Freshness) => {
  const { asOf, lagMs, position, windowMs, withinWindow, parked } = freshness
  return { asOf: formatInstant(asOf), lagMs, position, windowMs, withinWindow, parked }
}

type StateParts = Omit<StateAnswer, 'isOptOutStanding'>

/** The state of one subject in one group. */
export const stateAnswer = (answer: StateParts) => {
  const { state, since, decisiveEventId, ruleId, authority, held, sendBlock } = answer
  return { state, since: instantOrNull(since), decisiveEventId, ruleId, authority, held, sendBlock }
}

export const groupAnswer = (group: Group) => {
  const { id, name, channel, brand, purpose, senders, doubleOptIn, confirmWithinDays } = group
  const archived = group.isArchived
  return { id, name, channel, brand, purpose, senders, doubleOptIn, confirmWithinDays, archived }
}

/** A key without its hash. */
export const keyAnswer = (key: StoredKey) => ({
  id: key.id,
  name: key.name,
  scopes: key.scopes,
  sources: key.sources,
  createdAt: formatInstant(key.createdAt),
  expiresAt: instantOrNull(key.expiresAt),
  revokedAt: instantOrNull(key.revokedAt),
})

export const rebuildAnswer = (status: RebuildStatus) => ({
  state: status.state,
  applied: status.applied,
  total: status.total,
  startedAt: instantOrNull(status.startedAt),
  endedAt: instantOrNull(status.endedAt),
})
