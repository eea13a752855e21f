import type { EventId } from '@ledger/domain'
import { expect, test } from 'vitest'
import { claimMarks } from './claim-marks.ts'
import type { StreamPlace } from './verify-streams.ts'
import { verifyStreams } from './verify-streams.ts'

const place = (stream: string, revision: number, id = `${stream}-${revision}`): StreamPlace => ({
  stream,
  revision,
  id: id as EventId,
})

/** What is found in these places, which are handed out a few at a time. */
async function foundIn(places: readonly StreamPlace[]): Promise<readonly string[]> {
  const found: string[] = []
  const placesAfter = async (after: StreamPlace | null, limit: number) => {
    const from = after === null ? 0 : places.indexOf(after) + 1
    return places.slice(from, from + limit)
  }
  await verifyStreams({ placesAfter }, ({ where, code }) => void found.push(`${code}: ${where}`))
  return found
}

test('streams of dense revisions from 0 are in order, over any number of pages', async () => {
  expect(await foundIn([])).toEqual([])
  const long = Array.from({ length: 12_000 }, (_, revision) => place('b', revision))
  expect(await foundIn([place('a', 0), ...long, place('c', 0), place('c', 1)])).toEqual([])
})

test('a revision that is missing is named, at the start of a stream too', async () => {
  expect(await foundIn([place('a', 0), place('a', 2), place('b', 1)])).toEqual([
    'revision-gap: a revision 2',
    'revision-gap: b revision 1',
  ])
})

test('an id that a stream holds twice is named; two streams may share it', async () => {
  const places = [place('a', 0, 'x'), place('a', 1, 'y'), place('a', 2, 'x'), place('b', 0, 'x')]
  expect(await foundIn(places)).toEqual(['doubled-event: a revision 2'])
})

test('a claim is marked once, and none beyond the last', () => {
  const marks = claimMarks(17)
  expect([marks.has(8), marks.mark(8), marks.mark(8), marks.has(8)]).toEqual([
    false,
    true,
    false,
    true,
  ])
  expect([marks.has(9), marks.mark(17), marks.has(17), marks.has(16)]).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect([marks.mark(18), marks.has(18), marks.mark(1_000)]).toEqual([true, false, true])
})
