import { statSync } from 'node:fs'
import type { Metrics } from '@ledger/runtime'
import type { DataFolder } from './data-folder.ts'
import type { Writers } from './readiness.ts'

/** Tells scrapers whether writing has stopped, and what waits in the write-ahead logs. */
export function measureFiles(
  metrics: Metrics,
  { log, vault, desk, readModels }: DataFolder,
  writers: Writers,
): void {
  metrics.gauge({
    name: 'ledger_write_stopped',
    help: '1 once a write has failed in a way that may lie, until a restart; else 0.',
    read: () => (writers.some((writer) => writer.isWriteStopped()) ? 1 : 0),
  })
  const bytesOf = (path: string | null): number =>
    path === null ? 0 : (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0)
  metrics.gauge({
    name: 'ledger_write_ahead_log_bytes',
    help: 'Size of the write-ahead logs of all files together; a long read lets them grow.',
    read: () =>
      [log, vault, desk, readModels.current()].reduce((sum, path) => sum + bytesOf(path), 0),
  })
}
