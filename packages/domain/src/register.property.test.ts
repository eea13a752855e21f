import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Mark, Register, Registers } from './register.ts'
import { join, joinAll, marks, optOutsOfAll, refusalsOf } from './register.ts'
import type { ScopeKey } from './scope.ts'
import type { Stamp } from './stamp.ts'
import { isLater, latest } from './stamp.ts'
import { idOf, scopeKeys } from './testing/arbitrary-events.ts'

// A stamp is a function of its id: equal ids carry equal fields, and few ids make ties common.
const stamp = fc.nat(24).map((nth): Stamp => {
  const own = { bound: nth % 5, eventId: idOf(nth), effectiveAt: nth % 3, ruleId: 'P1' }
  return nth % 4 === 0 ? { ...own, until: nth % 7 } : own
})
const register: fc.Arbitrary<Register> = fc.dictionary(fc.constantFrom(...marks), stamp, {
  noNullPrototype: true,
})
const registers: fc.Arbitrary<Registers> = fc.dictionary(fc.constantFrom(...scopeKeys), register, {
  maxKeys: 4,
  noNullPrototype: true,
})

describe('join of registers', () => {
  it('is commutative', () => {
    fc.assert(
      fc.property(register, register, (a, b) => {
        expect(join(a, b)).toEqual(join(b, a))
      }),
    )
    fc.assert(
      fc.property(registers, registers, (a, b) => {
        expect(joinAll(a, b)).toEqual(joinAll(b, a))
      }),
    )
  })

  it('is associative', () => {
    fc.assert(
      fc.property(register, register, register, (a, b, c) => {
        expect(join(join(a, b), c)).toEqual(join(a, join(b, c)))
      }),
    )
    fc.assert(
      fc.property(registers, registers, registers, (a, b, c) => {
        expect(joinAll(joinAll(a, b), c)).toEqual(joinAll(a, joinAll(b, c)))
      }),
    )
  })

  it('is idempotent, and gives the same object when nothing is added', () => {
    fc.assert(
      fc.property(register, (a) => {
        expect(join(a, a)).toBe(a)
      }),
    )
    fc.assert(
      fc.property(registers, (a) => {
        expect(joinAll(a, a)).toBe(a)
      }),
    )
    fc.assert(
      fc.property(registers, registers, (a, b) => {
        const both = joinAll(a, b)
        expect(joinAll(both, b)).toBe(both)
      }),
    )
  })

  it('has the empty register as its least element', () => {
    fc.assert(
      fc.property(registers, (a) => {
        expect(joinAll({}, a)).toEqual(a)
      }),
    )
    fc.assert(
      fc.property(registers, (a) => {
        expect(joinAll(a, {})).toBe(a)
      }),
    )
  })

  it('keeps, of each mark, a stamp that none of the two is later than', () => {
    fc.assert(
      fc.property(register, register, fc.constantFrom<Mark>(...marks), (a, b, mark) => {
        const kept = join(a, b)[mark]
        expect(kept).toEqual(latest(a[mark], b[mark]))
        for (const each of [a[mark], b[mark]]) {
          if (each !== undefined) expect(isLater(each, kept)).toBe(false)
        }
      }),
    )
  })

  it('changes neither of the two', () => {
    fc.assert(
      fc.property(registers, registers, (a, b) => {
        const before = structuredClone([a, b])
        joinAll(a, b)
        expect([a, b]).toEqual(before)
      }),
    )
  })

  it('lets each of two linked subjects share before or after joining', () => {
    for (const share of [refusalsOf, optOutsOfAll]) {
      fc.assert(
        fc.property(registers, registers, (a, b) => {
          expect(share(joinAll(a, b))).toEqual(joinAll(share(a), share(b)))
        }),
      )
    }
  })

  it('shares no opt-in, and of "all" only opt-outs', () => {
    fc.assert(
      fc.property(registers, (a) => {
        const shared = Object.values(refusalsOf(a)).flatMap((each) => Object.keys(each))
        expect(shared.filter((mark) => mark.startsWith('in') || mark === 'requested')).toEqual([])
        const ofAll = optOutsOfAll(a)
        const outs = Object.values(ofAll).flatMap((each) => Object.keys(each))
        expect(outs.filter((mark) => !mark.startsWith('out'))).toEqual([])
        expect(Object.keys(ofAll).filter((key) => !key.startsWith('all'))).toEqual([])
      }),
    )
  })
})

describe('order of stamps', () => {
  it('is total: of two different stamps exactly one is the latest', () => {
    fc.assert(
      fc.property(stamp, stamp, (a, b) => {
        expect(latest(a, b)).toEqual(latest(b, a))
        expect([a, b]).toContainEqual(latest(a, b))
      }),
    )
  })

  it('takes a tie of bounds as not later, either way', () => {
    const a = { bound: 4, eventId: idOf(1), effectiveAt: 0, ruleId: 'P1' }
    const b = { ...a, eventId: idOf(2) }
    expect([isLater(a, b), isLater(b, a)]).toEqual([false, false])
    const key = 'all' as ScopeKey
    expect(joinAll({ [key]: { ended: a } }, { [key]: { ended: b } })).toEqual({
      [key]: { ended: b },
    })
  })
})
