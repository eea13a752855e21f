import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SubjectEvent } from './events.ts'
import { decodeRecord, encodeRecord } from './record-codec.ts'
import { joinAll } from './register.ts'
import type { SubjectRecord } from './subject-record.ts'
import { applyEvent, emptyRecord, eventsAsOf, foldEvents } from './subject-record.ts'
import { eventsWithoutCorrections, subjectEvents } from './testing/arbitrary-events.ts'

const fold = (events: readonly SubjectEvent[]): SubjectRecord => foldEvents('phone', events)

const shuffled = (events: readonly SubjectEvent[]) =>
  fc.shuffledSubarray([...events], { minLength: events.length })

/** The same events in another order, some of them twice or more. */
const retold = subjectEvents.chain((events) =>
  fc.tuple(fc.constant(events), shuffled(events), fc.subarray(events), fc.subarray(events)),
)

/**
 * What a projector does: one event after another, and the whole stream again after a correction.
 */
function project(events: readonly SubjectEvent[]): SubjectRecord {
  return events.reduce<SubjectRecord>(
    (record, event, index) => applyEvent(record, event) ?? fold(events.slice(0, index + 1)),
    emptyRecord('phone'),
  )
}

describe('the fold of a subject', () => {
  it('is the same for every order and every duplicate, corrections before what they void too', () => {
    fc.assert(
      fc.property(retold, ([events, permuted, again, more]) => {
        expect(fold([...again, ...permuted, ...more])).toEqual(fold(events))
      }),
      { numRuns: 500 },
    )
  })

  it('is the same event by event as all at once', () => {
    fc.assert(
      fc.property(retold, ([events, permuted, again]) => {
        expect(project([...permuted, ...again])).toEqual(fold(events))
      }),
      { numRuns: 500 },
    )
  })

  it('is the join of the folds of its parts, whatever the parts, when nothing is void', () => {
    const parted = eventsWithoutCorrections.chain((events) =>
      fc.tuple(fc.constant(events), fc.array(fc.nat(2), { minLength: 14, maxLength: 14 })),
    )
    fc.assert(
      fc.property(parted, ([events, parts]) => {
        const joined = [0, 1, 2]
          .map((part) => fold(events.filter((_, index) => parts[index] === part)).registers)
          .reduce(joinAll)
        expect(joined).toEqual(fold(events).registers)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same object when an event is applied again', () => {
    fc.assert(
      fc.property(eventsWithoutCorrections, (events) => {
        const record = fold(events)
        for (const event of events) expect(applyEvent(record, event)).toBe(record)
      }),
    )
  })

  it('forgets what is void as if it had never been recorded', () => {
    fc.assert(
      fc.property(subjectEvents, (events) => {
        const { voids, ...record } = fold(events)
        const isNamed = (event: SubjectEvent) =>
          voids.includes(event.id) ||
          ('copyOf' in event.data &&
            voids.some((id) => 'copyOf' in event.data && id === event.data.copyOf))
        const corrections = events.filter((event) => event.type === 'Corrected' || !isNamed(event))
        expect(fold(corrections)).toEqual({ ...record, voids })
      }),
    )
  })

  it('as of the end of both time axes is the whole fold', () => {
    fc.assert(
      fc.property(subjectEvents, (events) => {
        expect(fold(eventsAsOf(events, Infinity, Infinity))).toEqual(fold(events))
      }),
    )
  })

  it('as known at a moment never changes by what is recorded after it', () => {
    fc.assert(
      fc.property(subjectEvents, fc.nat(7), fc.nat(7), (events, at, knownAt) => {
        const known = events.filter(({ recordedAt }) => recordedAt <= knownAt)
        expect(fold(eventsAsOf(events, at, knownAt))).toEqual(fold(eventsAsOf(known, at, Infinity)))
      }),
    )
  })
})

describe('a record as text', () => {
  it('is the same text for equal records, whatever the order of arrival', () => {
    fc.assert(
      fc.property(retold, ([events, permuted, again]) => {
        expect(encodeRecord(fold([...permuted, ...again]))).toBe(encodeRecord(fold(events)))
        expect(encodeRecord(project(permuted))).toBe(encodeRecord(fold(events)))
      }),
      { numRuns: 300 },
    )
  })

  it('is read back as it was written, by this codec and by plain JSON', () => {
    fc.assert(
      fc.property(subjectEvents, (events) => {
        const record = fold(events)
        expect(decodeRecord(encodeRecord(record))).toEqual(record)
        expect(encodeRecord(decodeRecord(encodeRecord(record)))).toBe(encodeRecord(record))
        expect(JSON.parse(JSON.stringify(record))).toEqual(record)
      }),
      { numRuns: 300 },
    )
  })
})
