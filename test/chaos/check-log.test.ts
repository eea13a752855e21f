import { describe, expect, test } from 'vitest'
import { allIsWell, checkLog } from './check-log.ts'

const acknowledged = ['a', 'b', 'c'].map((name, index) => ({
  id: `signal-${name}`,
  eventId: `event-${name}`,
  position: `log-${index}`,
}))
const logged = acknowledged.map(({ eventId, position }) => ({
  id: eventId,
  position,
  stream: 'subject-1',
}))

describe('the judge of a log', () => {
  test('finds nothing wrong with a log that holds each event once', () => {
    expect(checkLog(acknowledged, logged)).toEqual(allIsWell)
  })

  test('does not mind events that nobody was told of, nor acknowledgements given twice', () => {
    const untold = { id: 'event-d', position: 'log-3', stream: 'subject-1' }
    expect(checkLog([...acknowledged, ...acknowledged], [...logged, untold])).toEqual(allIsWell)
  })

  test('finds a loss', () => {
    const withLoss = logged.filter(({ id }) => id !== 'event-b')
    expect(checkLog(acknowledged, withLoss)).toEqual({ ...allIsWell, lost: ['signal-b'] })
  })

  test('finds a double, in the same stream or in another', () => {
    for (const stream of ['subject-1', 'subject-2']) {
      const twin = { id: 'event-b', position: 'log-7', stream }
      const verdict = checkLog(acknowledged, [...logged, twin])
      expect(verdict).toEqual({ ...allIsWell, doubled: ['event-b'] })
    }
  })

  test('finds an event that stands elsewhere than was said', () => {
    const moved = logged.map((each) =>
      each.id === 'event-c' ? { ...each, position: 'log-9' } : each,
    )
    expect(checkLog(acknowledged, moved)).toEqual({ ...allIsWell, misplaced: ['signal-c'] })
  })
})
