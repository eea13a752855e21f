import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatInstant,
  instantMax,
  instantMin,
  microsPerDay,
  parseInstant,
  utcDay,
} from './instant.ts'

const mayFirst = Date.UTC(2026, 4, 1, 10) * 1000

describe('parseInstant', () => {
  it.each([
    ['2026-05-01T10:00:00Z', 0],
    ['2026-05-01t10:00:00z', 0],
    ['2026-05-01T12:00:00+02:00', 0],
    ['2026-05-01T04:30:00-05:30', 0],
    ['2026-05-01T10:00:00.5Z', 500_000],
    ['2026-05-01T10:00:00.000001Z', 1],
    ['2026-05-01T10:00:00.123456789Z', 123_456],
    ['2026-05-01T12:00:00.25+02:00', 250_000],
  ])('reads %s', (text, micros) => {
    expect(parseInstant(text)).toBe(mayFirst + micros)
  })

  it.each([
    [''],
    ['2026-05-01'],
    ['2026-05-01T10:00:00'],
    ['2026-05-01 10:00:00Z'],
    ['2026-05-01T10:00Z'],
    ['2026-02-30T10:00:00Z'],
    ['2026-13-01T10:00:00Z'],
    ['2026-05-01T24:00:00Z'],
    ['2026-05-01T10:60:00Z'],
    ['2026-05-01T10:00:00+25:00'],
    ['2026-05-01T10:00:00Z '],
    ['1777629600000'],
    ['yesterday'],
  ])('does not read %j', (text) => {
    expect(parseInstant(text)).toBeNull()
  })

  it('brings what producers write for "never" and "for ever" within safe integers', () => {
    expect(parseInstant('0001-01-01T00:00:00Z')).toBe(instantMin)
    expect(parseInstant('9999-12-31T23:59:59.999999Z')).toBe(instantMax)
    expect(Number.isSafeInteger(instantMin - 366 * microsPerDay)).toBe(true)
    expect(Number.isSafeInteger(instantMax + 366 * microsPerDay)).toBe(true)
  })

  it('reads back what formatInstant wrote, for every microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: instantMin, max: instantMax }), (micros) => {
        expect(parseInstant(formatInstant(micros))).toBe(micros)
      }),
    )
  })
})

describe('formatInstant', () => {
  it('writes text whose order is the order of time', () => {
    const micros = fc.integer({ min: instantMin, max: instantMax })
    fc.assert(
      fc.property(micros, micros, (a, b) => {
        expect(formatInstant(a) < formatInstant(b)).toBe(a < b)
      }),
    )
  })

  it('writes UTC with six digits, before 1970 too', () => {
    expect(formatInstant(mayFirst + 7)).toBe('2026-05-01T10:00:00.000007Z')
    expect(formatInstant(-1)).toBe('1969-12-31T23:59:59.999999Z')
  })
})

describe('utcDay', () => {
  it('turns at midnight in UTC', () => {
    const midnight = Date.UTC(2026, 4, 2) * 1000
    expect([utcDay(midnight - 1), utcDay(midnight)]).toEqual(['2026-05-01', '2026-05-02'])
  })
})
