import { openSqliteReadModelReader } from '@ledger/adapter-sqlite'
import type { Fence } from '@ledger/ledger'
import type { DataFolder } from './data-folder.ts'
import type { ProjectorHost } from './projector-host.ts'
import type { RebuildHost } from './rebuild-host.ts'
import { startRebuild } from './rebuild-host.ts'
import type { SwappableReadModel } from './swappable-read-model.ts'

/** How a rebuild stands. */
export type RebuildStatus = {
  readonly state: 'none' | 'building' | 'switching' | 'done' | 'cancelled' | 'failed'
  /** Events applied so far. */
  readonly applied: number
  readonly elapsedMs: number
}

export type Rebuilds = {
  /** Starts a rebuild; false when one is under way. */
  readonly start: () => boolean
  readonly status: () => RebuildStatus
  /** Cancels the rebuild under way; false when there is none that can still be cancelled. */
  readonly cancel: () => Promise<boolean>
  readonly stop: () => Promise<void>
}

export type RebuildsOptions = {
  readonly folder: DataFolder
  readonly fence: () => Promise<Fence>
  readonly projector: ProjectorHost
  readonly readModel: SwappableReadModel
  readonly onFailed: (error: Error) => void
}

/**
 * Rebuilds of a running ledger: build beside the current file, let the projector go over to the new one
 * once it has caught up, then switch the queries and, by one rename, the folder. A kill at any moment
 * leaves the old file current or the new one, never none.
 */
export function createRebuilds(options: RebuildsOptions): Rebuilds {
  const { folder, fence, projector, readModel, onFailed } = options
  let state: RebuildStatus['state'] = 'none'
  let applied = 0
  let startedAt = 0
  let endedAt = 0
  let running: RebuildHost | null = null

  const finish = (how: RebuildStatus['state']): void => {
    state = how
    endedAt = performance.now()
    running = null
  }

  const run = async (host: RebuildHost, path: string): Promise<void> => {
    if (!(await host.finished)) {
      folder.readModels.removeOthers()
      return finish('cancelled')
    }
    state = 'switching'
    await projector.switchTo(path)
    folder.readModels.switchTo(path)
    await readModel.swap(await openSqliteReadModelReader({ path }))
    folder.readModels.removeOthers()
    finish('done')
  }

  return {
    start: () => {
      if (running !== null) return false
      const path = folder.readModels.prepareNext()
      state = 'building'
      applied = 0
      startedAt = performance.now()
      running = startRebuild({
        logPath: folder.log,
        readModelPath: path,
        fence,
        onProgress: (count) => {
          applied = count
        },
      })
      run(running, path).catch((error: unknown) => {
        finish('failed')
        onFailed(error as Error)
      })
      return true
    },
    status: () => {
      const until = running === null ? endedAt : performance.now()
      return { state, applied, elapsedMs: Math.round(until - startedAt) }
    },
    cancel: async () => {
      if (running === null || state !== 'building') return false
      await running.cancel()
      return true
    },
    stop: async () => {
      if (running !== null && state === 'building') await running.cancel()
    },
  }
}
