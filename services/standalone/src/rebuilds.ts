import { openSqliteReadModelReader, positionNumber } from '@ledger/adapter-sqlite'
import type { RebuildStatus } from '@ledger/api'
import type { Fence } from '@ledger/ledger'
import { nowMicros } from '@ledger/runtime'
import type { DataFolder } from './data-folder.ts'
import type { ProjectorHost } from './projector-host.ts'
import type { RebuildHost } from './rebuild-host.ts'
import { startRebuild } from './rebuild-host.ts'
import type { SwappableReadModel } from './swappable-read-model.ts'

export type Rebuilds = {
  /** Starts a rebuild; while one is under way it gives that one's status. */
  readonly startRebuild: () => Promise<RebuildStatus>
  readonly rebuildStatus: () => RebuildStatus
  /** Cancels the rebuild under way, unless it is already being switched to. */
  readonly cancelRebuild: () => Promise<RebuildStatus>
}

export type RebuildsOptions = {
  readonly folder: DataFolder
  readonly fence: () => Promise<Fence>
  readonly projector: ProjectorHost
  readonly readModel: SwappableReadModel
  readonly onFailed: (error: Error) => void
}

const idle: RebuildStatus = {
  state: 'idle',
  applied: 0,
  total: null,
  startedAt: null,
  endedAt: null,
}

/**
 * Rebuilds of a running ledger: build beside the current file, let the projector go over to the new
 * one once it has caught up, then switch the queries and, by one rename, the folder. A kill at any
 * moment leaves the old file current or the new one, never none.
 */
export function createRebuilds(options: RebuildsOptions): Rebuilds {
  const { folder, fence, projector, readModel, onFailed } = options
  let status = idle
  let building: RebuildHost | null = null

  const finish = (state: RebuildStatus['state']): void => {
    status = { ...status, state, endedAt: nowMicros() }
    building = null
  }

  const run = async (host: RebuildHost, path: string): Promise<void> => {
    const isBuilt = await host.finished
    building = null
    if (!isBuilt) {
      folder.readModels.removeOthers()
      return finish('cancelled')
    }
    await projector.switchTo(path)
    folder.readModels.switchTo(path)
    await readModel.swap(await openSqliteReadModelReader({ path }))
    folder.readModels.removeOthers()
    finish('done')
  }

  return {
    startRebuild: async () => {
      if (status.state === 'running') return status
      status = { ...idle, state: 'running', startedAt: nowMicros() }
      const path = folder.readModels.prepareNext()
      const { position } = await fence()
      status = { ...status, total: position === null ? 0 : positionNumber(position) }
      building = startRebuild({
        logPath: folder.log,
        readModelPath: path,
        fence,
        onProgress: (applied) => {
          status = { ...status, applied }
        },
      })
      run(building, path).catch((error: unknown) => {
        finish('failed')
        onFailed(error as Error)
      })
      return status
    },
    rebuildStatus: () => status,
    cancelRebuild: async () => {
      await building?.cancel()
      return status
    },
  }
}
