import { expect, test } from 'vitest'
import type { Evidence } from './findings.ts'
import { findingsOf } from './findings.ts'
import { runLong } from './long-run.ts'

test('a while of load, kills, stops, rebuilds and a full disk leaves nothing to find, and the judge is not blind', async () => {
  const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
  const options = { seed, lastsMs: 20_000, calmMsMax: 1_500, say: () => {} }
  const { evidence } = await runLong(options)
  expect(findingsOf(evidence), `seed ${seed}`).toEqual([])
  expect(evidence.acknowledged.length).toBeGreaterThan(20)

  const [known] = evidence.acknowledged
  const found = (planted: Partial<Evidence>) => findingsOf({ ...evidence, ...planted })
  const withLoss = evidence.events.filter(({ id }) => id !== known?.eventId)
  const lost = evidence.acknowledged.filter(({ eventId }) => eventId === known?.eventId).length
  expect(found({ events: withLoss })).toEqual([`${lost} acknowledged signals are lost`])
  const [first] = evidence.events
  if (first === undefined) throw new Error('the log is empty')
  const twin = { ...first, recordedAt: Number.MAX_SAFE_INTEGER }
  expect(found({ events: [...evidence.events, twin] })).toEqual(['1 events stand in the log twice'])
}, 300_000)

test('the judge sees visibility that drifts, and one that breaks the promise', () => {
  const event = { id: 'e', position: 'p', stream: 's', recordedAt: 1 }
  const whole: Evidence = {
    acknowledged: [{ id: 'a', eventId: 'e', position: 'p' }],
    events: [event],
    visible: [{ atMs: 0, tookMs: 10 }],
    differences: [],
    isCaughtUp: true,
    wrong: [],
    openCount: 0,
  }
  expect(findingsOf(whole)).toEqual([])
  const rising = Array.from({ length: 600 }, (_, nth) => ({
    atMs: nth,
    tookMs: 10 + (nth * nth) / 100,
  }))
  expect(findingsOf({ ...whole, visible: rising })).toEqual([
    'visibility drifts from 110 to 2510 ms',
  ])
  const late = [{ atMs: 0, tookMs: 61_000 }]
  expect(findingsOf({ ...whole, visible: late })).toEqual(['a signal took 61000 ms to be visible'])
  expect(findingsOf({ ...whole, visible: [] })).toEqual(['nothing was measured'])
})
