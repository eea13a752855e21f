import type { AdminDoors, AppDeps, InPersonRow, RebuildStatus } from '../app-deps.ts'
import { readItem } from '../take-signals.ts'

/** A rebuild that runs until it is cancelled. */
export function fakeAdmin(): AdminDoors {
  let status: RebuildStatus = {
    state: 'idle',
    applied: 0,
    total: null,
    startedAt: null,
    endedAt: null,
  }
  return {
    startRebuild: async () => {
      status = { state: 'running', applied: 10, total: 100, startedAt: 1_000_000, endedAt: null }
      return status
    },
    rebuildStatus: () => status,
    cancelRebuild: async () => {
      status = { ...status, state: 'cancelled', endedAt: 2_000_000 }
      return status
    },
  }
}

/** A till that sends `{ "items": [CloudEvent] }`, or one JSON text per line of a file. */
export const fakeTill: NonNullable<AppDeps['sourcesInPerson']> = (name, contentType, bytes) => {
  if (name !== 'till') return null
  try {
    const body = Buffer.from(bytes).toString('utf8')
    const items =
      contentType === 'text/csv'
        ? body.split('\n').map((line): unknown => JSON.parse(line))
        : (JSON.parse(body) as { items: readonly unknown[] }).items
    const signals = items.map((item, index): InPersonRow => {
      const read = readItem(item, true)
      const row = index + 1
      if (read.ok) return { row, signal: read.signal }
      return { row, problem: { code: 'invalid-signal', detail: 'unreadable' } }
    })
    return { signals, rowCount: signals.length }
  } catch {
    return { problem: { code: 'invalid-signal', detail: 'not a batch', field: 'items' } }
  }
}

/** All doors there are. */
export const everyDoor = (): Partial<AppDeps> => ({
  admin: fakeAdmin(),
  sourcesInPerson: fakeTill,
})
