import type { Authority } from './authority.ts'
import { isPresent, optInAuthority, optOutAuthority } from './authority.ts'
import type { Claim } from './bounds.ts'
import { earliestMoment, effectiveAt, latestMoment } from './bounds.ts'
import type { EventData, Replacement, SubjectEventType } from './events.ts'
import type { Group } from './group.ts'
import type { SubjectId } from './identifiers.ts'
import type { Micros } from './instant.ts'
import { microsPerDay } from './instant.ts'
import type { Policy, RuleId } from './policy.ts'
import type { ScopeKey } from './scope.ts'
import type { Signal } from './signal.ts'

/** An event as classification leaves it: who and when are settled, nothing is sealed yet. */
export type Classified = {
  [Type in SubjectEventType]: { readonly type: Type; readonly data: Omit<EventData<Type>, 'kind'> }
}[SubjectEventType]

/**
 * The events that one signal becomes in its subject's stream; the first carries the signal's own
 * id.
 */
export type Decided = readonly [Classified, ...Classified[]]

/** What classification may look at besides the signal. */
export type ClassifyContext = {
  readonly policy: Policy
  readonly recordedAt: Micros
  /** How far `recordedAt` may be ahead of the time, after somebody set the clock. */
  readonly clockDoubtMicros?: Micros | undefined
  /** The group of a group scope, when it is defined. */
  readonly group: Group | undefined
  /** The subject at the other end of a link. */
  readonly other?: { readonly subject: SubjectId; readonly kind: string } | undefined
  /**
   * True when every event that a correction voids is an opt-in, and so it turns towards opted-out.
   */
  readonly voidsOnlyOptIns?: boolean | undefined
}

/**
 * A request to a group that does not say how long it waits stays live this long (Braze: 30 days).
 */
const confirmWithinDaysDefault = 30

/**
 * Decides once, when a signal is written, what it is worth: authority, effective time, bound and
 * rule under the policy in force (design section 4). Pure; `affirmative` is decided by
 * `decideAffirmative`.
 */
export function classify(
  signal: Signal & { readonly action: Exclude<Signal['action'], 'affirmative'> },
  context: ClassifyContext,
): Decided {
  switch (signal.action) {
    case 'opt-in':
      return withUnblock(signal, classifyOptIn(signal, context))
    case 'opt-out':
      return [{ type: 'OptedOut', data: optOutData(signal, context) }]
    case 'opt-in-requested':
      return [requested(signal, context)]
    case 'ended':
      return [{ type: 'ConsentEnded', data: { ...optOutData(signal, context), ruleId: 'P20' } }]
    case 'intent-suspected':
      return [suspected(signal, context)]
    case 'intent-resolved':
      return resolved(signal, context)
    case 'link':
      return [{ type: 'AddressLinked', data: linkData(signal, context) }]
    case 'unlink':
      return [{ type: 'AddressUnlinked', data: linkData(signal, context) }]
    case 'correction':
      return corrected(signal, context)
  }
}

/** The fields that an event takes over from its signal as they are. */
export function spokenBy(signal: Signal, policy: Policy) {
  const { actor, method, clock, claimedAt, salvaged } = signal
  return {
    policyVersion: policy.version,
    actor,
    method,
    clock,
    ...(claimedAt === undefined ? {} : { claimedAt }),
    ...(salvaged === undefined || salvaged.length === 0 ? {} : { salvaged: [...salvaged] }),
  }
}

type Clocked = Pick<ClassifyContext, 'recordedAt' | 'clockDoubtMicros'>

export const claimOf = (signal: Signal, { recordedAt, clockDoubtMicros }: Clocked): Claim => {
  return { ...signal, recordedAt, clockDoubtMicros }
}

function optOutData(signal: Signal, context: ClassifyContext) {
  const { policy } = context
  const claim = claimOf(signal, context)
  return {
    ...spokenBy(signal, policy),
    scope: signal.scope,
    authority: optOutAuthority(signal.actor),
    effectiveAt: effectiveAt(claim),
    bound: latestMoment(claim, policy),
    ruleId: signal.method === 'send-failure' ? 'P19' : optOutRule(signal.scope),
  }
}

/** P19: a START that the provider itself confirms for all of its sender also ends its block. */
function withUnblock(signal: Signal, optIn: Classified): Decided {
  const isConfirmed = optIn.type === 'OptedIn' && signal.actor === 'provider'
  if (!isConfirmed || signal.scope.startsWith('group:')) return [optIn]
  const { until: _until, ...data } = optIn.data
  return [optIn, { type: 'SendUnblocked', data: { ...data, ruleId: 'P19' } }]
}

/**
 * The rule that names the reach of an opt-out: one-click and lists P16, STOP P12, a channel P14,
 * all P13.
 */
function optOutRule(scope: ScopeKey): RuleId {
  if (scope.startsWith('group:')) return 'P16'
  if (scope.startsWith('brand:')) return 'P12'
  return scope.startsWith('family:') ? 'P14' : 'P13'
}

function classifyOptIn(signal: Signal, context: ClassifyContext): Classified {
  const found = optInAuthority(signal.actor, signal.method, signal.evidence)
  if (found.authority === null) {
    const data = optInData(signal, context, 'person')
    const missing = [...found.missing]
    return quarantined({ ...data, ruleId: 'P24' }, 'evidence-missing', missing)
  }
  if (signal.quarantine !== undefined) {
    return quarantined(
      { ...optInData(signal, context, found.authority), ruleId: 'P25' },
      signal.quarantine,
    )
  }
  const asksForConfirmation =
    context.group?.doubleOptIn === true &&
    (signal.actor === 'person' || signal.actor === 'staff') &&
    signal.method !== 'double-opt-in'
  if (asksForConfirmation) return requested({ ...signal, until: undefined }, context)
  const until = signal.until === undefined ? {} : { until: signal.until }
  return { type: 'OptedIn', data: { ...optInData(signal, context, found.authority), ...until } }
}

function optInData(signal: Signal, context: ClassifyContext, authority: Authority) {
  const claim = claimOf(signal, context)
  return {
    ...spokenBy(signal, context.policy),
    scope: signal.scope,
    authority,
    effectiveAt: effectiveAt(claim),
    bound: earliestMoment(claim, context.policy),
    ruleId: optInRule(signal.method, authority),
  }
}

/**
 * The rule that names what an opt-in may lift: START P9, a form signed late P3, the person's own
 * act P17.
 */
function optInRule(method: string, authority: Authority): RuleId {
  if (authority !== 'person') return 'P8'
  switch (method) {
    case 'double-opt-in':
      return 'P21'
    case 'sms-keyword':
    case 'chat-keyword':
    case 'provider-signal':
      return 'P9'
    case 'paper-form':
    case 'tablet':
      return 'P3'
    default:
      return 'P17'
  }
}

/** Records an opt-in that changes nothing, and why. */
export function quarantined(
  data: Omit<EventData<'OptedIn'>, 'kind'>,
  reason: EventData<'OptInQuarantined'>['reason'],
  missing?: string[],
): Classified {
  const detail = missing === undefined ? { reason } : { reason, missing }
  return { type: 'OptInQuarantined', data: { ...data, ...detail } }
}

function requested(signal: Signal, context: ClassifyContext): Classified {
  const days = context.group?.confirmWithinDays ?? confirmWithinDaysDefault
  const { authority } = optInAuthority(signal.actor, signal.method, signal.evidence)
  const data = optInData(signal, context, authority ?? 'producer')
  const until = signal.until ?? data.effectiveAt + days * microsPerDay
  return { type: 'OptInRequested', data: { ...data, ruleId: 'P21', until } }
}

/**
 * A text that may be an opt-out. It counts from its recording, whenever it was sent: a review that
 * was over before it arrived has not looked at it, and must not clear it.
 */
function suspected(signal: Signal, context: ClassifyContext): Classified {
  const data = { ...optOutData(signal, context), ruleId: 'P11', bound: context.recordedAt }
  return { type: 'IntentSuspected', data }
}

/** A reviewer confirmed that a text was an opt-out, effective from its receipt, or dismissed it. */
function resolved(signal: Signal, context: ClassifyContext): Decided {
  const decision = signal.decision ?? 'opt-out'
  const out = optOutData(signal, context)
  const data = { ...out, ruleId: 'P11', bound: context.recordedAt, decision }
  const cleared: Classified = { type: 'IntentResolved', data }
  if (decision === 'dismissed') return [cleared]
  // The opt-out is the person's, whoever read it; `claimedAt` is when the text was received.
  return [cleared, { type: 'OptedOut', data: { ...out, authority: 'person', ruleId: 'P11' } }]
}

function linkData(signal: Signal, context: ClassifyContext) {
  if (context.other === undefined) throw new Error('a link needs its other end resolved')
  const { scope: _scope, authority: _authority, ...rest } = optOutData(signal, context)
  const relation = signal.relation ?? 'owner'
  const ruleId: RuleId = relation === 'successor' ? 'P20' : 'P14'
  return { ...rest, ruleId, relation, other: context.other.subject, otherKind: context.other.kind }
}

const proofOfCorrection = ['operator', 'reason', 'reference'] as const

/**
 * P26: towards opted-out freely; towards opted-in only by a named operator with reason and
 * evidence. A replacing opt-in that is not proven does not keep alive the opt-in it was to replace:
 * what is void is void, and the replacement is quarantined beside it.
 */
function corrected(signal: Signal, context: ClassifyContext): Decided {
  const replaced = replacementOf(signal, context)
  const voidsFreely = context.voidsOnlyOptIns === true && replaced.replacement?.type !== 'OptedIn'
  const lacking = proofOfCorrection.filter((key) => !isPresent(signal.evidence[key]))
  const missing = [...lacking, ...replaced.missing]
  const quarantine = (): Classified => {
    const scope = signal.replacement?.scope ?? signal.scope
    const data = { ...optInData(signal, context, 'producer'), scope, ruleId: 'P26' }
    return quarantined(data, 'correction-unproven', missing)
  }
  if (!voidsFreely && missing.length > 0) return [quarantine()]
  const { scope: _scope, authority: _authority, ...rest } = optOutData(signal, context)
  const data = { ...rest, ruleId: 'P26', voids: [...(signal.voids ?? [])] }
  const { replacement } = replaced
  const event: Classified = {
    type: 'Corrected',
    data: replacement === undefined ? data : { ...data, replacement },
  }
  return replaced.missing.length > 0 ? [event, quarantine()] : [event]
}

/** What a correction puts in the place of what it voids, or what its opt-in lacks. */
type Replaced = { readonly replacement?: Replacement; readonly missing: readonly string[] }

function replacementOf(signal: Signal, context: ClassifyContext): Replaced {
  if (signal.replacement === undefined) return { missing: [] }
  const { action, scope, validUntil, ...spoken } = signal.replacement
  // The operator's own sending time says nothing of the clock that the replaced claim was read
  // from.
  const sentAt = undefined
  const asSignal: Signal = { ...signal, ...spoken, sentAt, scope, action, until: validUntil }
  if (action !== 'opt-in') {
    const { authority, effectiveAt: at, bound } = optOutData(asSignal, context)
    const type = action === 'opt-out' ? 'OptedOut' : 'ConsentEnded'
    const replacement = { type, scope, authority, effectiveAt: at, bound, ruleId: 'P26' } as const
    return { replacement, missing: [] }
  }
  const found = optInAuthority(spoken.actor, spoken.method, spoken.evidence)
  if (found.authority === null) return { missing: found.missing }
  const { authority, effectiveAt: at, bound } = optInData(asSignal, context, found.authority)
  const until = validUntil === undefined ? {} : { until: validUntil }
  const type = 'OptedIn'
  const replacement = { type, scope, authority, effectiveAt: at, bound, ruleId: 'P26', ...until }
  return { replacement: { ...replacement, type }, missing: [] }
}
