import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SubjectEvent } from './events.ts'
import type { SubjectId } from './identifiers.ts'
import { kinOf } from './kin.ts'
import { stateOfSubject } from './state-of.ts'
import type { SubjectRecord } from './subject-record.ts'
import { foldEvents } from './subject-record.ts'
import { eventsOf, idOf, subjectOf } from './testing/arbitrary-events.ts'
import { groups } from './testing/groups.ts'

const { offers, receipts } = groups
const subjects = [0, 1, 2, 3, 4, 5, 6].map(subjectOf)
/** Subjects 0 and 1 are external ids, the others phones. */
const kindOf = (nth: number): string => (nth < 2 ? 'external-id' : 'phone')

type Linking = {
  readonly a: number
  readonly b: number
  readonly relation: string
  readonly cut: boolean
}
const linking: fc.Arbitrary<Linking> = fc.record(
  {
    a: fc.nat(6),
    b: fc.nat(6),
    relation: fc.constantFrom('owner', 'same-person', 'successor'),
    cut: fc.boolean().map((cut) => cut),
  },
  { noNullPrototype: true },
)

/** One link as it is recorded in the streams of both its ends. */
function linkEvents({ a, b, relation, cut }: Linking, nth: number) {
  return [
    [a, b],
    [b, a],
  ].map(([from = 0, to = 0], end) => {
    const said = { kind: kindOf(from), policyVersion: 'test', actor: 'system', method: 'm' }
    const data = { ...said, clock: 'server', effectiveAt: nth, bound: nth, ruleId: 'P14', relation }
    const other = { other: subjectOf(to), otherKind: kindOf(to) }
    const type = cut && nth % 4 === 3 ? 'AddressUnlinked' : 'AddressLinked'
    const id = idOf(500 + 2 * nth + end)
    return { nth: from, event: { id, type, recordedAt: nth, data: { ...data, ...other } } }
  }) as unknown as readonly { readonly nth: number; readonly event: SubjectEvent }[]
}

const consents = eventsOf(['OptedIn', 'OptedOut', 'ConsentEnded', 'IntentSuspected'], 5)
const scene = fc.record(
  {
    said: fc.array(consents, { minLength: 7, maxLength: 7 }),
    links: fc.array(linking, { minLength: 2, maxLength: 8 }),
    more: eventsOf(['OptedIn', 'OptedOut', 'ConsentEnded', 'IntentSuspected'], 1),
    teller: fc.nat(6),
    seed: fc.integer(),
  },
  { noNullPrototype: true },
)

type Streams = readonly (readonly SubjectEvent[])[]

function streamsOf(said: Streams, links: readonly Linking[]): Streams {
  const linked = links.flatMap(linkEvents)
  return said.map((events, nth) => [
    ...events,
    ...linked.filter((each) => each.nth === nth).map(({ event }) => event),
  ])
}

function answersOf(streams: Streams): readonly unknown[] {
  const records = new Map<SubjectId, SubjectRecord>(
    streams.map((events, nth) => [subjectOf(nth), foldEvents(kindOf(nth), events)]),
  )
  return subjects.map((subject) =>
    [offers, receipts].map((group) => {
      return stateOfSubject(group, subject, (other) => records.get(other), 9)
    }),
  )
}

describe('linked subjects', () => {
  it('get the same answers in whatever order links and consents arrive', () => {
    fc.assert(
      fc.property(scene, ({ said, links, seed }) => {
        const streams = streamsOf(said, links)
        const turned = streams.map((events, nth) =>
          events.toSorted((a, b) => orderOf(a, seed + nth) - orderOf(b, seed + nth)),
        )
        expect(answersOf(turned)).toEqual(answersOf(streams))
      }),
      { numRuns: 300 },
    )
  })

  it('change their answers only if they are kin of whom something was recorded about', () => {
    fc.assert(
      fc.property(scene, ({ said, links, more, teller }) => {
        const before = streamsOf(said, links)
        const after = before.map((events, nth) => (nth === teller ? [...events, ...more] : events))
        const records = new Map(
          after.map((events, nth) => [subjectOf(nth), foldEvents(kindOf(nth), events)]),
        )
        const kin = kinOf(subjectOf(teller), (subject) => records.get(subject))
        const [was, is] = [answersOf(before), answersOf(after)]
        const strangers = subjects.filter((subject) => !kin.includes(subject))
        for (const stranger of strangers) {
          const nth = subjects.indexOf(stranger)
          expect([stranger, is[nth]]).toEqual([stranger, was[nth]])
        }
      }),
      { numRuns: 500 },
    )
  })
})

/** An order that a seed decides. */
function orderOf({ id }: SubjectEvent, seed: number): number {
  let hash = seed
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) % 1_000_003
  return hash
}
