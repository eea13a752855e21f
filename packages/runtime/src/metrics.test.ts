import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('counters, histograms and gauges are told as text', async () => {
  const metrics = createMetrics({ isProcessMeasured: false })
  const signals = metrics.counter({ name: 'signals_total', help: 'S.', labels: ['outcome'] })
  signals.add({ outcome: 'recorded' })
  signals.add({ outcome: 'recorded' }, 2)
  const took = metrics.histogram({ name: 'took', help: 'T.', labels: ['door'], buckets: [1, 2] })
  took.observe({ door: '/a' }, 1.5)
  metrics.gauge({ name: 'lag', help: 'L.', read: async () => 12 })
  const text = await metrics.text()
  expect(text).toContain('signals_total{outcome="recorded"} 3')
  expect(text).toContain('took_bucket{le="2",door="/a"} 1')
  expect(text).toContain('lag 12')
})

test('a gauge that cannot be read is left out rather than shown as zero', async () => {
  const metrics = createMetrics({ isProcessMeasured: false })
  let value: number | null = 5
  metrics.gauge({ name: 'lag', help: 'L.', read: () => value })
  expect(await metrics.text()).toContain('\nlag 5')
  value = null
  expect(await metrics.text()).not.toMatch(/^lag \d/m)
})

test('two registries do not know each other, and the process is measured when asked', async () => {
  const [one, two] = [createMetrics(), createMetrics({ isProcessMeasured: false })]
  one.counter({ name: 'same', help: 'S.' })
  two.counter({ name: 'same', help: 'S.' })
  expect(await one.text()).toContain('process_resident_memory_bytes')
  expect(await one.text()).toContain('nodejs_eventloop_lag')
  expect(await two.text()).not.toContain('process_resident_memory_bytes')
})
