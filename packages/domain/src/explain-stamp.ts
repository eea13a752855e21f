import { authorities } from './authority.ts'
import type { Contribution } from './contribution.ts'
import type { Group } from './group.ts'
import type { EventId } from './identifiers.ts'
import type { Micros } from './instant.ts'
import { optInsOfGroup } from './opt-ins.ts'
import type { Marked, Present, Standing } from './opt-outs.ts'
import {
  latestEnd,
  laterOf,
  lifterOf,
  presentAt,
  standingOptOut,
  standingOptOuts,
} from './opt-outs.ts'
import type { RuleId } from './policy.ts'
import type { Mark, Register, Registers } from './register.ts'
import { authorityOfMark, optInMark, optOutMark } from './register.ts'
import { isWithin, scopeKey } from './scope.ts'
import { probesOf } from './scope-probes.ts'
import type { Stamp } from './stamp.ts'
import { isLater, isRunOut } from './stamp.ts'
import { stateOf } from './state-of.ts'

/** What an explanation says beyond the event itself; without a rule the event's own stands. */
export type Verdict = {
  readonly counts: boolean
  readonly why: string
  readonly ruleId?: RuleId
  readonly because?: EventId
}

type Stamped = Extract<Contribution, { to: 'register' }>

/**
 * One stamp, with the groups that stand for its scope and the registers that cover each of them.
 */
type Case = Stamped & {
  readonly own: Register
  readonly placed: readonly { readonly group: Group; readonly present: readonly Present[] }[]
  readonly registers: Registers
  readonly at: Micros
}

/** Why a stamp counts or not among the registers it was folded into. */
export function explainStamp(
  stamped: Stamped,
  registers: Registers,
  groups: readonly Group[],
  at: Micros,
): Verdict {
  const { scope, mark } = stamped
  const placed = probesOf(scope, groups).map((group) => ({
    group,
    present: presentAt(group, registers),
  }))
  const one: Case = { ...stamped, own: registers[scope] ?? {}, placed, registers, at }
  switch (mark) {
    case 'outByPerson':
    case 'outByProducer':
    case 'outByImport':
      return explainOptOut(one)
    case 'inByPerson':
    case 'inByProducer':
    case 'inByImport':
      return explainOptIn(one)
    case 'requested':
      return explainRequest(one)
    case 'ended':
      return explainEnd(one)
    case 'suspected':
      return (
        superseded(one) ??
        closedBy(one, 'cleared', 'A review decided it.') ??
        counts('Messages are held until a review decides.')
      )
    case 'blocked':
      return (
        superseded(one) ??
        closedBy(one, 'unblocked', 'The block was lifted later.') ??
        counts('The carrier or vendor would refuse a message; the state is unchanged.')
      )
    case 'cleared':
      return superseded(one) ?? counts('A review decided the suspicions before it.')
    case 'unblocked':
      return superseded(one) ?? counts('Lifts the blocks before it.')
  }
}

const counts = (why: string): Verdict => ({ counts: true, why })

const beaten = (why: string, by: Stamp, ruleId?: RuleId): Verdict => ({
  counts: false,
  why,
  because: by.eventId,
  ...(ruleId !== undefined && { ruleId }),
})

function superseded({ own, mark, stamp }: Case): Verdict | null {
  const current = own[mark]
  if (current === undefined || current.eventId === stamp.eventId) return null
  return beaten('A later one of the same kind and scope stands in its place.', current)
}

function closedBy({ own, stamp }: Case, mark: Mark, why: string): Verdict | null {
  const closing = own[mark]
  return closing !== undefined && isLater(closing, stamp) ? beaten(why, closing) : null
}

function explainOptOut(one: Case): Verdict {
  const { placed, stamp, mark, scope } = one
  const authority = authorityOfMark(mark) ?? 'person'
  const lifters = placed.flatMap(({ present }) => {
    const covering = present.find((each) => each.covering.key === scope)?.covering
    const lifter = covering && lifterOf(stamp, authority, covering, present)
    return lifter === undefined ? [] : [lifter]
  })
  const lifter = lifters.reduce<Marked | undefined>(laterOf, undefined)
  if (lifter !== undefined && lifters.length === placed.length) {
    const why = 'Lifted by a later opt-in from within its scope.'
    return beaten(why, lifter.stamp, lifter.stamp.ruleId)
  }
  const replaced = superseded(one)
  if (replaced !== null) return replaced
  if (lifter === undefined) return counts('It stands.')
  const why = 'It stands, except where a later opt-in from within its scope reopened a part.'
  return { counts: true, why, ruleId: 'P17', because: lifter.stamp.eventId }
}

function explainOptIn(one: Case): Verdict {
  const { placed, stamp, scope, at } = one
  const against = placed.flatMap(({ present }) => standingOver(present, scope))
  const strongest = against.reduce<Marked | undefined>(laterOf, undefined)
  if (strongest !== undefined && against.length === placed.length) return overruled(one, strongest)
  const replaced = superseded(one)
  if (replaced !== null) return replaced
  if (!isGroupScope(one)) {
    return counts('It lifts opt-outs before it; an opt-in wider than a group grants none.')
  }
  const ended = latestEnd(placed[0]?.present ?? [])
  const isEnded = ended !== undefined && !isLater(stamp, ended.stamp)
  if (!isRunOut(stamp, at) && !isEnded) return counts('It grants the group.')
  if (liftsAny(one)) {
    return {
      ...counts('Its grant is over; the opt-outs that it lifted stay lifted.'),
      ruleId: 'P22',
    }
  }
  return isEnded
    ? beaten('Consent ended later.', ended.stamp, 'P20')
    : { counts: false, why: 'It has run out.', ruleId: 'P22' }
}

/** True when an opt-out of a scope around this opt-in would stand, had nothing else lifted it. */
function liftsAny({ placed, stamp, mark, scope }: Case): boolean {
  return placed.some(({ present }) => {
    const alone = present
      .filter(({ covering }) => covering.key === scope)
      .map(({ covering }) => ({ covering, register: { [mark]: stamp } }))
    return present.some(({ covering, register }) =>
      authorities.some((authority) => {
        const out = register[optOutMark[authority]]
        return out !== undefined && lifterOf(out, authority, covering, alone) !== undefined
      }),
    )
  })
}

const isGroupScope = ({ scope }: Case): boolean => scope.startsWith('group:')

/** The latest opt-out that stands at this scope or around it; none or one. */
function standingOver(present: readonly Present[], scope: string): readonly Standing[] {
  const inner = present.find(({ covering }) => covering.key === scope)?.covering
  if (inner === undefined) return []
  const over = standingOptOuts(present).filter(({ covering }) => isWithin(inner, covering))
  return over.sort((a, b) => b.stamp.bound - a.stamp.bound).slice(0, 1)
}

/** An opt-out that stands beats an opt-in within it: it came later, or the opt-in was too weak. */
function overruled({ stamp }: Case, by: Marked): Verdict {
  const out = by.stamp
  if (isLater(stamp, out)) {
    return beaten('A stronger opt-out stands.', out, 'P8')
  }
  if (stamp.bound === out.bound) return beaten('An opt-out of the same time wins.', out, 'P7')
  if (stamp.effectiveAt <= out.effectiveAt) {
    return beaten('A later opt-out stands.', out, 'P2')
  }
  return stamp.effectiveAt > out.bound
    ? beaten('Its clock may be off by more than it is later than an opt-out.', out, 'P4')
    : beaten('An opt-out whose own time is not proven counts from its recording.', out, 'P6')
}

function explainRequest(one: Case): Verdict {
  const { placed, stamp, own, registers, at } = one
  const replaced = superseded(one)
  if (replaced !== null) return replaced
  const [first] = placed
  if (!isGroupScope(one) || first === undefined) {
    return { counts: false, why: 'A request wider than a group asks for none.' }
  }
  if (
    stateOf(first.group, registers, at).decisiveEventId === stamp.eventId &&
    !isRunOut(stamp, at)
  ) {
    return counts('It waits for the person to confirm.')
  }
  const answer = own[optInMark.person]
  if (answer !== undefined && !isLater(stamp, answer)) {
    return beaten('The person answered it.', answer)
  }
  const standing = standingOptOut(first.present)
  if (standing !== undefined && !isLater(stamp, standing.stamp)) {
    return beaten('A later opt-out stands.', standing.stamp, 'P2')
  }
  const ended = latestEnd(first.present)
  if (ended !== undefined && !isLater(stamp, ended.stamp)) {
    return beaten('Consent ended later.', ended.stamp, 'P20')
  }
  if (isRunOut(stamp, at)) return { counts: false, why: 'It has run out.', ruleId: 'P22' }
  return { counts: false, why: 'The group is granted already.' }
}

function explainEnd(one: Case): Verdict {
  const { placed, stamp, registers, at } = one
  const replaced = superseded(one)
  if (replaced !== null) return replaced
  const anew = placed.flatMap(({ group }) => {
    const { grant } = optInsOfGroup(registers[scopeKey({ group: group.id })], at)
    return grant !== undefined && isLater(grant.stamp, stamp) ? [grant] : []
  })
  const latestAnew = anew.reduce<Marked | undefined>(laterOf, undefined)
  if (latestAnew === undefined || anew.length < placed.length) return counts('Consent ended.')
  return beaten('A later opt-in began anew.', latestAnew.stamp)
}
