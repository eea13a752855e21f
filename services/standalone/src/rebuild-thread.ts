/** Builds a new read model file from the log, in a thread of its own, and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { openSqliteEventReader, openSqliteReadModelBuild } from '@ledger/adapter-sqlite'
import type { Fence } from '@ledger/ledger'
import { rebuild } from '@ledger/read-models'
import { rebuildLimits } from './rebuild-limits.ts'
import { threadCalls } from './thread-calls.ts'

export type RebuildThreadData = { readonly logPath: string; readonly readModelPath: string }

const progressEveryMs = 250

if (parentPort === null) throw new Error('started as a thread only')
const port = parentPort
const { logPath, readModelPath } = workerData as RebuildThreadData

const main = threadCalls(port, {})
const reader = await openSqliteEventReader({ path: logPath })
const readModel = await openSqliteReadModelBuild({ path: readModelPath })
let reportedAt = 0

await rebuild(
  {
    reader,
    readModel,
    fence: () => main.call<Fence>('fence'),
    // The live projector has parked it already, where operators look.
    park: async () => {},
    ...rebuildLimits,
  },
  ({ applied, isDone }) => {
    if (!isDone && performance.now() - reportedAt < progressEveryMs) return
    reportedAt = performance.now()
    port.postMessage({ type: 'progress', applied })
  },
  () => false,
)
await readModel.close()
await reader.close()
port.close()
