import { optInAuthority } from './authority.ts'
import type { Classified, ClassifyContext, Decided } from './classify.ts'
import { claimOf, quarantined, spokenBy } from './classify.ts'
import { earliestMoment, effectiveAt } from './bounds.ts'
import type { Group } from './group.ts'
import type { Signal } from './signal.ts'
import { scopeCovers, scopeKey, scopeOfKey } from './scope.ts'
import { stateOf } from './state-of.ts'
import type { SubjectRecord } from './subject-record.ts'

/**
 * P10: a YES confirms what is pending for this address within the scope it answers, one opt-in for
 * each group; with nothing pending it is a plain message, recorded and without effect, also after
 * an opt-out that a provider itself would lift: every doubt falls to the opt-out. A YES never
 * confirms a request that was made after it. The caller appends the answer at the revision it read
 * and decides again on conflict.
 */
export function decideAffirmative(
  signal: Signal,
  record: SubjectRecord,
  groups: readonly Group[],
  context: Pick<ClassifyContext, 'policy' | 'recordedAt' | 'clockDoubtMicros'>,
): Decided {
  const { policy } = context
  const claim = claimOf(signal, context)
  const scope = scopeOfKey(signal.scope)
  const found = optInAuthority(signal.actor, signal.method, signal.evidence)
  const data = {
    ...spokenBy(signal, policy),
    scope: signal.scope,
    authority: found.authority ?? ('person' as const),
    effectiveAt: effectiveAt(claim),
    bound: earliestMoment(claim, policy),
    ruleId: signal.method === 'double-opt-in' ? 'P21' : 'P10',
  }
  if (found.authority === null) {
    return [quarantined({ ...data, ruleId: 'P24' }, 'evidence-missing', [...found.missing])]
  }
  if (signal.quarantine !== undefined) {
    return [quarantined({ ...data, ruleId: 'P25' }, signal.quarantine)]
  }
  const isPending = (group: Group): boolean => {
    const { state, since } = stateOf(group, record.registers, data.effectiveAt)
    return state === 'pending' && since !== null && since <= data.effectiveAt
  }
  const pending = groups.filter((group) => scopeCovers(scope, group) && isPending(group))
  const [first, ...rest] = pending.map((group): Classified => {
    const own = scopeKey({ group: group.id })
    return { type: 'OptedIn', data: { ...data, scope: own } }
  })
  return first === undefined ? [quarantined(data, 'nothing-pending')] : [first, ...rest]
}
