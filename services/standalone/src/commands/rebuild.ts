import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  openSqliteEventReader,
  openSqliteReadModelBuild,
  positionNumber,
} from '@ledger/adapter-sqlite'
import type { RebuildStatus } from '@ledger/api'
import { rebuild } from '@ledger/read-models'
import { nowMicros, readConfig } from '@ledger/runtime'
import { configSchema } from '../config.ts'
import type { DataFolder } from '../data-folder.ts'
import { openExistingDataFolder } from '../data-folder.ts'
import { progressLine } from '../progress-line.ts'
import { rebuildLimits } from '../rebuild-limits.ts'
import type { RunningLedger } from '../running-ledger.ts'
import { accessFolder } from '../running-ledger.ts'

const pollMs = 200

/** Builds the read model anew beside the current one and switches to it; Ctrl-C cancels. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean', default: false } } })
  const config = readConfig(configSchema, process.env)
  const folder = openExistingDataFolder(config.DATA_DIR)
  const access = accessFolder(folder, config.ADMIN_KEY)
  if (access.running !== null) return rebuildRunning(access.running)
  try {
    return await rebuildFiles(folder, values.json)
  } finally {
    access.release()
  }
}

async function rebuildRunning(ledger: RunningLedger): Promise<number> {
  const line = progressLine('rebuild')
  const cancel = (): void => void ledger.send('DELETE', '/v1/rebuild')
  process.once('SIGINT', cancel)
  let status = (await ledger.send('POST', '/v1/rebuild')) as RebuildStatus
  while (status.state === 'running') {
    line.show(status.applied, status.total)
    await sleep(pollMs)
    status = (await ledger.send('GET', '/v1/rebuild')) as RebuildStatus
  }
  process.off('SIGINT', cancel)
  line.end(`rebuild ${status.state}: ${status.applied} events`)
  return status.state === 'done' ? 0 : 1
}

async function rebuildFiles(folder: DataFolder, isJson: boolean): Promise<number> {
  const line = progressLine('rebuild')
  let isCancelled = false
  const cancel = (): void => {
    isCancelled = true
  }
  process.once('SIGINT', cancel)
  const path = folder.readModels.prepareNext()
  const reader = await openSqliteEventReader({ path: folder.log })
  const readModel = await openSqliteReadModelBuild({ path })
  const head = await reader.head()
  const total = head === null ? 0 : positionNumber(head)
  // Nobody writes while we hold the folder, so now and the head are a proof.
  const fence = async () => ({ at: nowMicros(), position: await reader.head() })
  const park = async (): Promise<void> => {}
  const startedAt = performance.now()
  const applied = await rebuild(
    { reader, readModel, fence, park, ...rebuildLimits },
    (progress) => line.show(progress.applied, total),
    () => isCancelled,
  )
  const { parked } = await readModel.checkpoint()
  await readModel.close()
  await reader.close()
  process.off('SIGINT', cancel)
  if (applied !== null) folder.readModels.switchTo(path)
  folder.readModels.removeOthers()
  if (applied === null) {
    line.end('rebuild cancelled; the current read model stays')
    return 1
  }
  const seconds = (performance.now() - startedAt) / 1_000
  if (isJson) process.stdout.write(`${JSON.stringify({ events: applied, seconds, parked })}\n`)
  line.end(`rebuild done: ${applied} events in ${seconds.toFixed(1)} s, ${parked} parked`)
  return parked === 0 ? 0 : 1
}
