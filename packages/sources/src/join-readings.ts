import type { Reading } from './provider.ts'

/** An element that cannot be read: it costs the others nothing, and the request is kept. */
export const unreadable: Reading = { signals: [], ignored: [], hasUnreadable: true }

/** What the elements of one request say together. */
export const joinReadings = (readings: readonly Reading[]): Reading => ({
  signals: readings.flatMap(({ signals }) => signals),
  ignored: readings.flatMap(({ ignored }) => ignored),
  hasUnreadable: readings.some(({ hasUnreadable }) => hasUnreadable),
})

/** The same signals under ids of their own: what one message says more than once. */
export const suffixed = (reading: Reading, suffix: string): Reading => ({
  ...reading,
  signals: reading.signals.map((read) => {
    const id = `${read.id}:${suffix}`
    return read.ok ? { ...read, id, signal: { ...read.signal, id } } : { ...read, id }
  }),
})

/** A list that may be missing; what stands in its place is read as its only element. */
export const listOf = (value: unknown): readonly unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]
