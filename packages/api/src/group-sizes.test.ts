import { expect, test } from 'vitest'
import type { GroupId, State } from '@ledger/domain'
import { dayBefore, daysBetween, sizesByDay } from './group-sizes.ts'

const flow = (day: string, state: State, entered: number, left: number) => {
  return { group: 'offers' as GroupId, day, state, entered, left }
}

test('a size is what all flows since the first add up to', () => {
  const flows = [
    flow('2026-01-01', 'subscribed', 5, 0),
    flow('2026-02-27', 'subscribed', 1, 2),
    flow('2026-03-01', 'subscribed', 0, 4),
    flow('2026-03-01', 'unsubscribed', 4, 0),
  ]
  expect(sizesByDay(flows, '2026-02-27', '2026-03-02')).toEqual([
    { day: '2026-02-27', state: 'subscribed', entered: 1, left: 2, size: 4 },
    { day: '2026-02-28', state: 'subscribed', entered: 0, left: 0, size: 4 },
    { day: '2026-03-01', state: 'unsubscribed', entered: 4, left: 0, size: 4 },
    { day: '2026-03-01', state: 'subscribed', entered: 0, left: 4, size: 0 },
    { day: '2026-03-02', state: 'unsubscribed', entered: 0, left: 0, size: 4 },
  ])
})

test('days are those of the calendar', () => {
  expect(daysBetween('2028-02-28', '2028-03-01')).toBe(3)
  expect(daysBetween('2026-01-02', '2026-01-01')).toBe(0)
  expect(dayBefore('2026-03-01', 1)).toBe('2026-02-28')
})
