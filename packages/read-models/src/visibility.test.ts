import type { Position } from '@ledger/domain'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createVisibility, visibilityWaitMsMax } from './visibility.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const at = (number: number): Position => `log-${number}` as Position

/** A read model that stands where a test puts it. */
function readModelAt(position: Position | null) {
  const reached = { position, looks: 0 }
  const visibility = createVisibility(async () => {
    reached.looks += 1
    return reached.position
  })
  return { reached, visibility }
}

const outcomeOf = (waiting: Promise<void>): Promise<string> =>
  waiting.then(
    () => 'visible',
    (error: unknown) => (error as { readonly code: string }).code,
  )

test('what is visible is not waited for', async () => {
  const { reached, visibility } = readModelAt(at(5))
  await visibility.waitFor(at(5))
  await visibility.waitFor(at(4))
  expect(reached.looks).toBe(2)
  expect(vi.getTimerCount()).toBe(0)
})

test('a hint wakes all who wait, and those whose position is reached are answered', async () => {
  const { reached, visibility } = readModelAt(null)
  const [soon, later] = [outcomeOf(visibility.waitFor(at(1))), outcomeOf(visibility.waitFor(at(2)))]
  await vi.advanceTimersByTimeAsync(1)
  reached.position = at(1)
  visibility.advanced()
  expect(await soon).toBe('visible')
  reached.position = at(2)
  visibility.advanced()
  expect(await later).toBe('visible')
  expect(vi.getTimerCount()).toBe(0)
})

test('without any hint the read model is looked at from time to time', async () => {
  const { reached, visibility } = readModelAt(at(1))
  const waiting = outcomeOf(visibility.waitFor(at(2)))
  await vi.advanceTimersByTimeAsync(100)
  reached.position = at(2)
  await vi.advanceTimersByTimeAsync(100)
  expect(await waiting).toBe('visible')
})

test('a hint that came too early changes nothing', async () => {
  const { visibility } = readModelAt(at(1))
  const waiting = outcomeOf(visibility.waitFor(at(2)))
  for (let hint = 0; hint < 5; hint += 1) {
    visibility.advanced()
    await vi.advanceTimersByTimeAsync(1)
  }
  await vi.advanceTimersByTimeAsync(visibilityWaitMsMax + 100)
  expect(await waiting).toBe('not-yet-visible')
})

test('after five seconds it is said that it is not yet visible', async () => {
  const { visibility } = readModelAt(at(1))
  let ended = ''
  void outcomeOf(visibility.waitFor(at(2))).then((outcome) => (ended = outcome))
  await vi.advanceTimersByTimeAsync(visibilityWaitMsMax - 100)
  expect(ended).toBe('')
  await vi.advanceTimersByTimeAsync(200)
  expect(ended).toBe('not-yet-visible')
  expect(vi.getTimerCount()).toBe(0)
})
