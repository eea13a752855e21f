import type { Authority } from './authority.ts'
import { atLeastAsStrong, authorities } from './authority.ts'
import { familyOfKind } from './channel.ts'
import type { Group } from './group.ts'
import type { EventId, SubjectId } from './identifiers.ts'
import type { Micros } from './instant.ts'
import type { FindRecord } from './kin.ts'
import { sharedRegisters } from './kin.ts'
import type { RuleId } from './policy.ts'
import type { Mark, Register, Registers } from './register.ts'
import { authorityOfMark, optInMark, optOutMark } from './register.ts'
import type { Covering } from './scope.ts'
import { coveringScopes, isWithin } from './scope.ts'
import type { Stamp } from './stamp.ts'
import { isLater, isRunOut, latest } from './stamp.ts'
import { liveLinks } from './subject-record.ts'

/** From the least permissive to the most; the order in which several addresses are answered as one. */
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

type Present = { readonly covering: Covering; readonly register: Register }
type Marked = { readonly stamp: Stamp; readonly mark: Mark }

const laterOf = (a: Marked | undefined, b: Marked): Marked =>
  a === undefined || latest(a.stamp, b.stamp) === b.stamp ? b : a

/** P9, P17, P18, P8: lifted by a strictly later opt-in, as strong or stronger, from within the scope. */
function isLifted(out: Stamp, authority: Authority, at: Covering, present: readonly Present[]) {
  return present.some(
    ({ covering, register }) =>
      isWithin(covering, at) &&
      atLeastAsStrong[authority].some((stronger) => {
        const optIn = register[optInMark[stronger]]
        return optIn !== undefined && isLater(optIn, out)
      }),
  )
}

function standingOptOut(present: readonly Present[]): Marked | undefined {
  let standing: Marked | undefined
  for (const { covering, register } of present) {
    for (const authority of authorities) {
      const mark = optOutMark[authority]
      const stamp = register[mark]
      if (stamp === undefined || isLifted(stamp, authority, covering, present)) continue
      standing = laterOf(standing, { stamp, mark })
    }
  }
  return standing
}

function latestMark(present: readonly Present[], mark: Mark): Marked | undefined {
  let found: Marked | undefined
  for (const { register } of present) {
    const stamp = register[mark]
    if (stamp !== undefined) found = laterOf(found, { stamp, mark })
  }
  return found
}

/** Only an opt-in of the group itself grants; wide opt-ins lift, they never grant. */
function optInsOfGroup(own: Register | undefined): readonly Marked[] {
  if (own === undefined) return []
  return authorities.flatMap((authority) => {
    const mark = optInMark[authority]
    const stamp = own[mark]
    return stamp === undefined ? [] : [{ stamp, mark }]
  })
}

/** True when, in any covering scope, the first mark is there and the second is not strictly later. */
function isOpen(present: readonly Present[], opened: Mark, closed: Mark): boolean {
  return present.some(({ register }) => {
    const open = register[opened]
    const close = register[closed]
    return open !== undefined && (close === undefined || !isLater(close, open))
  })
}

function decide(state: State, by: Marked | undefined, ruleId: RuleId | undefined) {
  return {
    state,
    since: by?.stamp.effectiveAt ?? null,
    decisiveEventId: by?.stamp.eventId ?? null,
    ruleId: ruleId ?? by?.stamp.ruleId ?? 'P1',
    authority: by === undefined ? null : authorityOfMark(by.mark),
  }
}

/**
 * The law (design section 4): the state of a group from the registers of the scopes that cover it.
 * `at` decides only what has run out; events that are not yet in force are left out by the caller.
 */
export function stateOf(group: Group, registers: Registers, at: Micros): StateAnswer {
  const present: Present[] = []
  for (const covering of coveringScopes(group)) {
    const register = registers[covering.key]
    if (register !== undefined) present.push({ covering, register })
  }
  const own = present[0]?.covering.level === 0 ? present[0].register : undefined
  const standing = standingOptOut(present)
  const flags = {
    isOptOutStanding: standing !== undefined,
    held: isOpen(present, 'suspected', 'cleared'),
    sendBlock: isOpen(present, 'blocked', 'unblocked'),
  }
  return { ...decideState(own, present, standing, at), ...flags }
}

function decideState(
  own: Register | undefined,
  present: readonly Present[],
  standing: Marked | undefined,
  at: Micros,
) {
  const ended = latestMark(present, 'ended')
  const optIns = optInsOfGroup(own)
  const grant = optIns
    .filter(({ stamp }) => !isRunOut(stamp, at))
    .reduce<Marked | undefined>(laterOf, undefined)
  const requested = own?.requested
  const request: Marked | undefined =
    requested === undefined ? undefined : { stamp: requested, mark: 'requested' }

  const isPending =
    request !== undefined &&
    !isRunOut(request.stamp, at) &&
    (grant === undefined || standing !== undefined) &&
    isLater(request.stamp, standing?.stamp) &&
    isLater(request.stamp, ended?.stamp)
  if (isPending) return decide('pending', request, 'P21')
  if (standing !== undefined && !(ended !== undefined && isLater(ended.stamp, standing.stamp))) {
    return decide('unsubscribed', standing, undefined)
  }
  if (ended !== undefined && !(grant !== undefined && isLater(grant.stamp, ended.stamp))) {
    return decide('ended', ended, 'P20')
  }
  if (standing !== undefined) return decide('unsubscribed', standing, undefined)
  if (grant !== undefined) return decide('subscribed', grant, undefined)
  const ranOut = [...optIns, ...(request === undefined ? [] : [request])]
  if (ranOut.length > 0) {
    return decide('expired', ranOut.reduce<Marked | undefined>(laterOf, undefined), 'P22')
  }
  return decide('never', undefined, 'P1')
}

/** The less permissive of two answers. */
function lessPermissive(a: StateAnswer, b: StateAnswer): StateAnswer {
  return states.indexOf(a.state) <= states.indexOf(b.state) ? a : b
}

/**
 * The state of a subject in a group, its links joined. An external id that owns several addresses in
 * the group's family is answered by the least permissive of them.
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
  const answers = addresses.map(({ other }) =>
    stateOf(group, sharedRegisters(other, find), at),
  )
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
