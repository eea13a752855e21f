import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordingClock } from './recording-clock.ts'

test('stamps grow strictly, whatever the machine’s clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (told, after) => {
      let look = 0
      const clock = recordingClock(() => told[look++] ?? 0, after)
      const stamps = told.map(() => clock.stamp())
      let before = after
      for (const stamp of stamps) {
        expect(stamp).toBeGreaterThan(before)
        before = stamp
      }
    }),
  )
})

test('a stamp is the machine’s time whenever that is later than all before', () => {
  const told = [5, 5, 100, 40, 101]
  const clock = recordingClock(() => told.shift() ?? 0, 3)
  expect(Array.from({ length: 5 }, clock.stamp)).toEqual([5, 6, 100, 101, 102])
})
