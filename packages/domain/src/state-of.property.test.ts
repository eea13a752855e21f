import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SubjectEvent } from './events.ts'
import { explain } from './explain.ts'
import type { Group } from './group.ts'
import { permissionOf } from './permission-of.ts'
import { nextExpiry, stateOf, states } from './state-of.ts'
import { foldEvents } from './subject-record.ts'
import { eventsOf, subjectEvents } from './testing/arbitrary-events.ts'
import { groups } from './testing/groups.ts'
import { oracle } from './testing/oracle.ts'

const { offers, sale, receipts, otherBrand } = groups
const some = [offers, sale, receipts, otherBrand]
const anyGroup = fc.constantFrom(...some)
const moment = fc.nat(10)

const registersOf = (events: readonly SubjectEvent[]) => foldEvents('phone', events).registers
const answerOf = (events: readonly SubjectEvent[], group: Group, at: number) =>
  stateOf(group, registersOf(events), at)
const isPermitted = (events: readonly SubjectEvent[], group: Group, at: number) =>
  permissionOf(group, answerOf(events, group, at), false).permitted

const optOut = (bound: number, scope: string, authority: string): SubjectEvent =>
  act('OptedOut', 900, bound, scope, authority)
const optIn = (id: number, bound: number, scope: string, authority: string): SubjectEvent =>
  act('OptedIn', id, bound, scope, authority)

function act(type: string, id: number, bound: number, scope: string, authority: string) {
  const eventId = `00000000-0000-8000-8000-${String(id).padStart(12, '0')}`
  const said = {
    kind: 'phone',
    policyVersion: 'test',
    actor: 'person',
    method: 'm',
    clock: 'server',
  }
  const data = { ...said, scope, authority, bound, effectiveAt: bound, ruleId: 'P1' }
  return { id: eventId, type, recordedAt: bound, data } as unknown as SubjectEvent
}

/** A copy stands for the act that it is a copy of. */
const actOf = ({ id, data }: SubjectEvent) => ('copyOf' in data ? (data.copyOf ?? id) : id)

const narrowToWide = [
  'group:offers',
  'brand:acme/carrier-messaging',
  'family:carrier-messaging',
  'all',
]
const weakToStrong = ['import', 'producer', 'person']

describe('stateOf', () => {
  it('agrees with the text of the law read over the plain list of events', () => {
    fc.assert(
      fc.property(subjectEvents, anyGroup, moment, (events, group, at) => {
        expect(answerOf(events, group, at)).toMatchObject(oracle(events, group, at))
      }),
      { numRuns: 5_000 },
    )
  })

  it('agrees with it where consent, requests and ends meet in one group', () => {
    const dense = eventsOf(['OptedIn', 'OptedOut', 'OptInRequested', 'ConsentEnded'], 8)
    fc.assert(
      fc.property(dense, moment, (events, at) => {
        expect(answerOf(events, offers, at)).toMatchObject(oracle(events, offers, at))
      }),
      { numRuns: 5_000 },
    )
  })

  it('reaches every state, by a decisive event that is one of those recorded', () => {
    const reached = new Set<string>()
    for (const [events, at] of fc.sample(fc.tuple(subjectEvents, moment), {
      seed: 1,
      numRuns: 2_000,
    })) {
      const { state, decisiveEventId } = answerOf(events, offers, at)
      reached.add(state)
      const ids: readonly unknown[] = events.map(actOf)
      if (state === 'never') expect(decisiveEventId).toBeNull()
      else expect(ids).toContain(decisiveEventId)
    }
    expect([...reached].sort()).toEqual([...states].sort())
  })

  it('lets no sequence of weaker opt-ins lift an opt-out', () => {
    const sequence = fc.array(fc.tuple(fc.nat(50), fc.constantFrom(...narrowToWide)), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(sequence, fc.nat(3), fc.integer({ min: 1, max: 2 }), (optIns, wide, strong) => {
        const out = optOut(5, narrowToWide[wide] ?? 'all', weakToStrong[strong] ?? 'person')
        const weaker = optIns.map(([bound, scope], index) =>
          optIn(index, bound, scope, weakToStrong[index % strong] ?? 'import'),
        )
        expect(answerOf([out, ...weaker], offers, 99).state).toBe('unsubscribed')
      }),
    )
  })

  it('takes a tie of bounds as an opt-out, on whosever word and in every scope', () => {
    const scope = fc.constantFrom(...narrowToWide)
    fc.assert(
      fc.property(scope, scope, fc.nat(2), fc.nat(9), (outAt, inAt, strong, bound) => {
        const events = [
          optIn(1, bound, 'group:offers', 'person'),
          optIn(2, bound, inAt, 'person'),
          optOut(bound, outAt, weakToStrong[strong] ?? 'person'),
        ]
        expect(answerOf(events, offers, 99).state).toBe('unsubscribed')
      }),
    )
  })

  it('keeps a narrow opt-out through any opt-in wider than itself', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.array(fc.nat(50), { maxLength: 6 }), (narrow, bounds) => {
        const out = optOut(5, narrowToWide[narrow] ?? '', 'import')
        const wider = bounds.map((bound, index) => {
          const step = 1 + (index % (3 - narrow))
          return optIn(index, bound, narrowToWide[narrow + step] ?? 'all', 'person')
        })
        expect(answerOf([out, ...wider], offers, 99).state).toBe('unsubscribed')
      }),
    )
  })

  it('permits nothing more when one more opt-out is recorded', () => {
    const outs = eventsOf(['OptedOut', 'ConsentEnded', 'IntentSuspected', 'SendBlocked'], 1)
    fc.assert(
      fc.property(subjectEvents, outs, anyGroup, moment, (events, more, group, at) => {
        const both = [...events, ...more.filter(({ id }) => events.every((each) => each.id !== id))]
        if (!isPermitted(events, group, at)) expect(isPermitted(both, group, at)).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })

  it('changes by time alone only at the instants that nextExpiry names', () => {
    fc.assert(
      fc.property(subjectEvents, anyGroup, moment, moment, (events, group, a, b) => {
        const [at, later] = a <= b ? [a, b] : [b, a]
        const next = nextExpiry(registersOf(events), at)
        if (next !== null && next <= later) return
        expect(answerOf(events, group, later)).toEqual(answerOf(events, group, at))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('explain', () => {
  it('calls without effect only events without which no permission would be other', () => {
    fc.assert(
      fc.property(subjectEvents, anyGroup, moment, (events, group, at) => {
        const explained = explain(events, Object.values(groups), at)
        // What has run out still replaces the unlimited consent before it.
        const idle = explained.filter(({ counts, ruleId }) => !counts && ruleId !== 'P22')
        for (const { eventId, why } of idle) {
          const without = events.filter(({ id }) => id !== eventId)
          expect([why, isPermitted(without, group, at)]).toEqual([
            why,
            isPermitted(events, group, at),
          ])
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
