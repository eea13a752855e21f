import type { Authority } from './authority.ts'
import { authorities } from './authority.ts'
import type { Stamp } from './stamp.ts'
import { isLater, latest } from './stamp.ts'
import type { ScopeKey } from './scope.ts'
import { isAllScope } from './scope.ts'

/**
 * The kinds of act a register keeps the latest of; opt-ins and opt-outs by the authority behind
 * them.
 */
export const marks = [
  'inByPerson',
  'inByProducer',
  'inByImport',
  'outByPerson',
  'outByProducer',
  'outByImport',
  'requested',
  'ended',
  'suspected',
  'cleared',
  'blocked',
  'unblocked',
] as const
export type Mark = (typeof marks)[number]

/**
 * The mergeable state of one subject in one scope: the latest stamp of each mark. A
 * join-semilattice: `join` is commutative, associative and idempotent, so every order, duplicate
 * and partition of the events that made it gives the same register.
 */
export type Register = { readonly [mark in Mark]?: Stamp }

/** The registers of one subject by scope. */
export type Registers = { readonly [key: ScopeKey]: Register }

export const optInMark: Readonly<Record<Authority, Mark>> = {
  person: 'inByPerson',
  producer: 'inByProducer',
  import: 'inByImport',
}
export const optOutMark: Readonly<Record<Authority, Mark>> = {
  person: 'outByPerson',
  producer: 'outByProducer',
  import: 'outByImport',
}

const authorityByMark: ReadonlyMap<Mark, Authority> = new Map(
  authorities.flatMap((authority) => [
    [optInMark[authority], authority] as const,
    [optOutMark[authority], authority] as const,
  ]),
)

/** The authority whose opt-in or opt-out a mark keeps; null for the other marks. */
export const authorityOfMark = (mark: Mark): Authority | null => authorityByMark.get(mark) ?? null

/**
 * The least upper bound of two registers: the latest stamp of each mark. Gives `a` itself when `b`
 * adds nothing, so that what is repeated costs nothing and shows as unchanged.
 */
export function join(a: Register, b: Register): Register {
  let joined: { [mark in Mark]?: Stamp } | undefined
  for (const mark in b) {
    const theirs = b[mark as Mark]
    const mine = a[mark as Mark]
    if (theirs === undefined || latest(mine, theirs) === mine) continue
    joined ??= { ...a }
    joined[mark as Mark] = theirs
  }
  return joined ?? a
}

/** `join`, scope by scope. */
export function joinAll(a: Registers, b: Registers): Registers {
  let joined: { [key: ScopeKey]: Register } | undefined
  for (const text in b) {
    const key = text as ScopeKey
    const theirs = b[key]
    const mine = a[key]
    if (theirs === undefined) continue
    const both = mine === undefined ? theirs : join(mine, theirs)
    if (both === mine) continue
    joined ??= { ...a }
    joined[key] = both
  }
  return joined ?? a
}

/** The part of a subject's registers that a narrower reader may see. */
function pick(registers: Registers, kept: (key: ScopeKey) => readonly Mark[]): Registers {
  const picked: { [key: ScopeKey]: Register } = {}
  for (const [key, register] of Object.entries(registers) as [ScopeKey, Register][]) {
    const part: { [mark in Mark]?: Stamp } = {}
    for (const mark of kept(key)) {
      const stamp = register[mark]
      if (stamp !== undefined) part[mark] = stamp
    }
    if (Object.keys(part).length > 0) picked[key] = part
  }
  return picked
}

const optOutMarks: readonly Mark[] = authorities.map((authority) => optOutMark[authority])
const refusalMarks: readonly Mark[] = [...optOutMarks, 'ended', 'suspected', 'cleared']

/** What two addresses of one person share: opt-outs, ends and suspicions, never opt-ins. */
export const refusalsOf = (registers: Registers): Registers => pick(registers, () => refusalMarks)

/**
 * The opt-outs of a person from everything, which hold on every channel; an end is the address's
 * own.
 */
export const optOutsOfAll = (registers: Registers): Registers =>
  pick(registers, (key) => (isAllScope(key) ? optOutMarks : []))

/**
 * Reduces each pair of suspicion and clearing to what is still open, so that a review of one
 * address does not clear a suspicion about another when their registers are joined.
 */
export function withoutClearedSuspicions(registers: Registers): Registers {
  const settled: { [key: ScopeKey]: Register } = {}
  for (const [key, register] of Object.entries(registers) as [ScopeKey, Register][]) {
    const { suspected, cleared, ...others } = register
    const isOpen =
      suspected !== undefined && (cleared === undefined || !isLater(cleared, suspected))
    settled[key] = isOpen ? { ...others, suspected } : others
  }
  return settled
}
