import type { SubjectId } from '@ledger/domain'
import { expect, test } from 'vitest'
import { DueQueue } from './due-queue.ts'

const due = (subject: string, dueAt: number) => ({ subject: subject as SubjectId, dueAt })

/** All that the queue gives up to an instant, one instant after the other. */
function takeAll(queue: DueQueue, until: number): readonly string[] {
  const taken: string[] = []
  for (let next = queue.take(until); next !== null; next = queue.take(until)) {
    taken.push(`${next.dueAt}: ${next.subjects.join(' ')}`)
  }
  return taken
}

test('the soonest comes first, and those of one instant together, by subject', () => {
  const queue = new DueQueue()
  for (const each of [due('c', 5), due('a', 9), due('b', 5), due('a', 2)]) queue.add(each)
  expect(takeAll(queue, 10)).toEqual(['2: a', '5: b c', '9: a'])
})

test('what is due later stays', () => {
  const queue = new DueQueue()
  for (const each of [due('a', 3), due('b', 4)]) queue.add(each)
  expect(takeAll(queue, 3)).toEqual(['3: a'])
  expect(takeAll(queue, 3)).toEqual([])
  expect(takeAll(queue, 4)).toEqual(['4: b'])
})

test('an expiry named twice takes effect once, also after it was taken', () => {
  const queue = new DueQueue()
  queue.add(due('a', 3))
  queue.add(due('a', 3))
  expect(takeAll(queue, 3)).toEqual(['3: a'])
  queue.add(due('a', 3))
  expect(takeAll(queue, 3)).toEqual([])
})

test('the order of adding does not matter', () => {
  const dues = [7, 1, 5, 3, 1, 7].map((dueAt, nth) => due(`s${nth}`, dueAt))
  const [one, other] = [new DueQueue(), new DueQueue()]
  for (const each of dues) one.add(each)
  for (const each of dues.toReversed()) other.add(each)
  expect(takeAll(one, 9)).toEqual(takeAll(other, 9))
})
