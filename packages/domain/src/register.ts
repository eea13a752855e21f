import type { Authority } from './authority.ts'
import { authorities } from './authority.ts'
import type { Stamp } from './stamp.ts'
import { latest } from './stamp.ts'
import type { ScopeKey } from './scope.ts'

/** The kinds of act a register keeps the latest of; opt-ins and opt-outs by the authority behind them. */
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
 * The mergeable state of one subject in one scope: the latest stamp of each mark. A join-semilattice:
 * `join` is commutative, associative and idempotent, so every order, duplicate and partition of the
 * events that made it gives the same register.
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

/** The authority whose opt-in or opt-out a mark keeps; null for the other marks. */
export function authorityOfMark(mark: Mark): Authority | null {
  return (
    authorities.find((each) => optInMark[each] === mark || optOutMark[each] === mark) ?? null
  )
}

/** The least upper bound of two registers: the latest stamp of each mark. */
export function join(a: Register, b: Register): Register {
  const joined: { [mark in Mark]?: Stamp } = {}
  for (const mark of marks) {
    const stamp = latest(a[mark], b[mark])
    if (stamp !== undefined) joined[mark] = stamp
  }
  return joined
}

/** `join`, scope by scope. */
export function joinAll(a: Registers, b: Registers): Registers {
  const joined: { [key: ScopeKey]: Register } = { ...a }
  for (const [key, register] of Object.entries(b) as [ScopeKey, Register][]) {
    const mine = joined[key]
    joined[key] = mine === undefined ? register : join(mine, register)
  }
  return joined
}

/** What two addresses of one person share: opt-outs, ends and suspicions, never opt-ins. */
const sharedMarks: readonly Mark[] = [
  'outByPerson',
  'outByProducer',
  'outByImport',
  'ended',
  'suspected',
  'cleared',
]

/** The part of a subject's registers that another address of the same person shares. */
export function refusalsOf(registers: Registers, includes: (key: ScopeKey) => boolean): Registers {
  const refusals: { [key: ScopeKey]: Register } = {}
  for (const [key, register] of Object.entries(registers) as [ScopeKey, Register][]) {
    if (!includes(key)) continue
    const shared: { [mark in Mark]?: Stamp } = {}
    for (const mark of sharedMarks) {
      const stamp = register[mark]
      if (stamp !== undefined) shared[mark] = stamp
    }
    if (Object.keys(shared).length > 0) refusals[key] = shared
  }
  return refusals
}
