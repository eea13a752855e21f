import type { Authority } from './authority.ts'
import { familyOfKind } from './channel.ts'
import type { Group } from './group.ts'
import type { EventId, SubjectId } from './identifiers.ts'
import type { Micros } from './instant.ts'
import type { FindRecord } from './kin.ts'
import { sharedRegisters } from './kin.ts'
import { optInsOfGroup } from './opt-ins.ts'
import type { Marked, Present } from './opt-outs.ts'
import { latestEnd, laterOf, marked, presentAt, standingOptOut } from './opt-outs.ts'
import type { RuleId } from './policy.ts'
import type { Mark, Register, Registers } from './register.ts'
import { authorityOfMark, optInMark } from './register.ts'
import { isLater, isRunOut } from './stamp.ts'
import { liveLinks } from './subject-record.ts'

/**
 * From the least permissive to the most; the order in which several addresses are answered as one.
 */
export const states = [
  'unsubscribed',
  'ended',
  'pending',
  'expired',
  'never',
  'subscribed',
] as const
export type State = (typeof states)[number]

/** The answer for one subject and one group, with the event that decided it. */
export type StateAnswer = {
  readonly state: State
  /** `effectiveAt` of the decisive event. */
  readonly since: Micros | null
  readonly decisiveEventId: EventId | null
  readonly ruleId: RuleId
  readonly authority: Authority | null
  /** An opt-out that covers the group stands; a transactional group is permitted unless it does. */
  readonly isOptOutStanding: boolean
  /** An opt-out is suspected (or an event parked): permission is denied, the state unchanged. */
  readonly held: boolean
  /** The carrier or vendor would refuse: permission is denied, the state unchanged. */
  readonly sendBlock: boolean
}

/**
 * True when, in any covering scope, the first mark is there and the second is not strictly later.
 */
function isOpen(present: readonly Present[], opened: Mark, closed: Mark): boolean {
  for (const { register } of present) {
    const open = register[opened]
    const close = register[closed]
    if (open !== undefined && (close === undefined || !isLater(close, open))) return true
  }
  return false
}

/**
 * The law (design section 4): the state of a group from the registers of the scopes that cover it.
 * `at` decides only what has run out; events that are not yet in force are left out by the caller.
 */
export function stateOf(group: Group, registers: Registers, at: Micros): StateAnswer {
  const present = presentAt(group, registers)
  const own = present[0]?.covering.level === 0 ? present[0].register : undefined
  const standing = standingOptOut(present)
  const { state, by, ruleId } = decide(own, standing, latestEnd(present), at)
  return {
    state,
    since: by?.stamp.effectiveAt ?? null,
    decisiveEventId: by?.stamp.eventId ?? null,
    ruleId: ruleId ?? by?.stamp.ruleId ?? 'P1',
    authority: by === undefined ? null : authorityOfMark(by.mark),
    isOptOutStanding: standing !== undefined,
    held: isOpen(present, 'suspected', 'cleared'),
    sendBlock: isOpen(present, 'blocked', 'unblocked'),
  }
}

type Decision = {
  readonly state: State
  readonly by?: Marked
  /** Where the case names the rule, and not the event that decided it. */
  readonly ruleId?: RuleId
}

const never: Decision = { state: 'never' }

/** The cases in their order; the first that matches is the state. */
function decide(
  own: Register | undefined,
  standing: Marked | undefined,
  ended: Marked | undefined,
  at: Micros,
): Decision {
  const { grant, ranOut } = optInsOfGroup(own, at)
  const request = marked(own, 'requested')
  const isInForce = grant !== undefined && isLater(grant.stamp, ended?.stamp)

  if (
    request !== undefined &&
    !isRunOut(request.stamp, at) &&
    (!isInForce || standing !== undefined) &&
    isLater(request.stamp, standing?.stamp) &&
    isLater(request.stamp, ended?.stamp) &&
    !isAnswered(request, own)
  ) {
    return { state: 'pending', by: request, ruleId: 'P21' }
  }
  if (standing !== undefined && !isLaterThan(ended, standing)) {
    return { state: 'unsubscribed', by: standing }
  }
  if (ended !== undefined && !isInForce) return { state: 'ended', by: ended, ruleId: 'P20' }
  if (standing !== undefined) return { state: 'unsubscribed', by: standing }
  if (grant !== undefined) return { state: 'subscribed', by: grant }
  const expired = laterOf(ranOut, request)
  return expired === undefined ? never : { state: 'expired', by: expired, ruleId: 'P22' }
}

const isLaterThan = (a: Marked | undefined, b: Marked): boolean =>
  a !== undefined && isLater(a.stamp, b.stamp)

/**
 * A request that the person answered since is not pending again when that grant runs out: a YES
 * that nobody asked for must stay a plain message (P10).
 */
function isAnswered(request: Marked, own: Register | undefined): boolean {
  const answer = own?.[optInMark.person]
  return answer !== undefined && !isLater(request.stamp, answer)
}

/** The less permissive of two answers. */
function lessPermissive(a: StateAnswer, b: StateAnswer): StateAnswer {
  return states.indexOf(a.state) <= states.indexOf(b.state) ? a : b
}

/**
 * The state of a subject in a group, its links joined. An external id that owns several addresses
 * in the group's family is answered by the least permissive of them.
 */
export function stateOfSubject(
  group: Group,
  subject: SubjectId,
  find: FindRecord,
  at: Micros,
): StateAnswer {
  const record = find(subject)
  const addresses =
    record?.kind === 'external-id'
      ? liveLinks(record).filter(
          (link) => link.relation === 'owner' && familyOfKind(link.otherKind) === group.family,
        )
      : []
  const answers = addresses.map(({ other }) => stateOf(group, sharedRegisters(other, find), at))
  const [first, ...rest] = answers
  if (first === undefined) return stateOf(group, sharedRegisters(subject, find), at)
  const least = rest.reduce(lessPermissive, first)
  return {
    ...least,
    isOptOutStanding: answers.some((each) => each.isOptOutStanding),
    held: answers.some((each) => each.held),
    sendBlock: answers.some((each) => each.sendBlock),
  }
}

/** The next instant after `at` when a register's answer may change by itself; null when never. */
export function nextExpiry(registers: Registers, at: Micros): Micros | null {
  let next: Micros | null = null
  for (const register of Object.values(registers)) {
    for (const stamp of Object.values(register)) {
      if (stamp.until === undefined || stamp.until <= at) continue
      if (next === null || stamp.until < next) next = stamp.until
    }
  }
  return next
}
