import type { Authority } from './authority.ts'
import { atLeastAsStrong, authorities } from './authority.ts'
import type { Group } from './group.ts'
import type { Mark, Register, Registers } from './register.ts'
import { optInMark, optOutMark } from './register.ts'
import type { Covering } from './scope.ts'
import { coveringScopes, isWithin } from './scope.ts'
import type { Stamp } from './stamp.ts'
import { isLater, latest } from './stamp.ts'

/** A register that is there, at a scope that covers the group in question. */
export type Present = { readonly covering: Covering; readonly register: Register }
/** A stamp with the mark it stands under. */
export type Marked = { readonly stamp: Stamp; readonly mark: Mark }

/** The registers that cover a group, narrow to wide; the group's own, if any, is first. */
export function presentAt(group: Group, registers: Registers): readonly Present[] {
  const present: Present[] = []
  for (const covering of coveringScopes(group)) {
    const register = registers[covering.key]
    if (register !== undefined) present.push({ covering, register })
  }
  return present
}

/** One mark of a register with its name. */
export function marked(register: Register | undefined, mark: Mark): Marked | undefined {
  const stamp = register?.[mark]
  return stamp === undefined ? undefined : { stamp, mark }
}

/** The later of two by `(bound, eventId)`; absent is least. */
export function laterOf(a: Marked | undefined, b: Marked | undefined): Marked | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return latest(a.stamp, b.stamp) === b.stamp ? b : a
}

/**
 * What lifts an opt-out (P9, P17, P18, P8): the latest strictly later opt-in, as strong or
 * stronger, from its own scope or from within; undefined while it stands.
 */
export function lifterOf(
  out: Stamp,
  authority: Authority,
  at: Covering,
  present: readonly Present[],
): Marked | undefined {
  let lifter: Marked | undefined
  for (const { covering, register } of present) {
    if (!isWithin(covering, at)) continue
    for (const stronger of atLeastAsStrong[authority]) {
      const mark = optInMark[stronger]
      const stamp = register[mark]
      if (stamp !== undefined && isLater(stamp, out)) lifter = laterOf(lifter, { stamp, mark })
    }
  }
  return lifter
}

/** An opt-out that nothing lifts, and the scope at which it stands. */
export type Standing = Marked & { readonly covering: Covering }

/** Every opt-out that stands, from narrow scopes to wide ones. */
export function standingOptOuts(present: readonly Present[]): readonly Standing[] {
  const standing: Standing[] = []
  for (const { covering, register } of present) {
    for (const authority of authorities) {
      const mark = optOutMark[authority]
      const stamp = register[mark]
      if (stamp === undefined || lifterOf(stamp, authority, covering, present)) continue
      standing.push({ stamp, mark, covering })
    }
  }
  return standing
}

/** The latest opt-out that stands. */
export function standingOptOut(present: readonly Present[]): Marked | undefined {
  let latestOut: Marked | undefined
  for (const each of standingOptOuts(present)) latestOut = laterOf(latestOut, each)
  return latestOut
}

/** The latest end of consent in any scope. */
export function latestEnd(present: readonly Present[]): Marked | undefined {
  let ended: Marked | undefined
  for (const { register } of present) ended = laterOf(ended, marked(register, 'ended'))
  return ended
}
