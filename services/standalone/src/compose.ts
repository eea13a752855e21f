import { writeFileSync, rmSync } from 'node:fs'
import {
  openSqliteDesk,
  openSqliteEventStore,
  openSqliteReadModelReader,
  openSqliteVault,
  takeFolderLock,
} from '@ledger/adapter-sqlite'
import type { AppDeps } from '@ledger/api'
import { buildApp, openKeyRing, ensureAdminKey } from '@ledger/api'
import type { Desk, EventStore, Ledger } from '@ledger/ledger'
import { openLedger, parkAtDesk } from '@ledger/ledger'
import type { ReadModelReader } from '@ledger/read-models'
import { createVisibility } from '@ledger/read-models'
import type { Lifecycle, Logger } from '@ledger/runtime'
import { createMetrics, nowMicros } from '@ledger/runtime'
import { readInPersonBatch } from '@ledger/sources'
import type { Config } from './config.ts'
import type { DataFolder } from './data-folder.ts'
import { openDataFolder } from './data-folder.ts'
import { fetchText } from './fetch-text.ts'
import { closeToOthers } from './file-modes.ts'
import { chooseMasterKey, prepareMasterKeys } from './master-key.ts'
import { measureFiles } from './measure-files.ts'
import { namingFailure } from './naming-failure.ts'
import { prepareReadModel } from './prepare-read-model.ts'
import { startProjector } from './projector-host.ts'
import { readSourcesFile } from './read-sources-file.ts'
import type { Writers } from './readiness.ts'
import { readiness } from './readiness.ts'
import { createRebuilds } from './rebuilds.ts'
import type { SteadyClock } from './steady-clock.ts'
import { steadyClock } from './steady-clock.ts'
import type { SwappableReadModel } from './swappable-read-model.ts'
import { swappableReadModel } from './swappable-read-model.ts'

/** Said when another process works on the data folder. */
export class FolderInUse extends Error {
  constructor(path: string) {
    super(`another ledger is running on ${path}`)
    this.name = 'FolderInUse'
  }
}

export type Standalone = {
  /** Where it listens, as a URL. */
  readonly address: string
  /** The admin key made at this start; null when there was one. */
  readonly generatedAdminKey: string | null
}

/**
 * Opens everything in one process and listens. Whatever opens says how it closes, so that the
 * lifecycle stops it in reverse: first the doors, then the projector, then the files, last the
 * lock.
 */
export async function startStandalone(
  config: Config,
  lifecycle: Lifecycle,
  logger: Logger,
): Promise<Standalone> {
  const sources = readSourcesFile(config.SOURCES_FILE, process.env)
  const folder = openDataFolder(config.DATA_DIR)
  const closed = closeToOthers(folder.path)
  if (closed.length > 0) logger.warn({ files: closed }, 'others could read these files until now')
  const unlock = takeFolderLock({ path: folder.lock })
  if (unlock === null) throw new FolderInUse(folder.path)
  lifecycle.onStop('lock', unlock)

  const store = await namingFailure('event log', () => openSqliteEventStore({ path: folder.log }))
  lifecycle.onStop('log', () => store.close())
  const path = await namingFailure('event log or the read model', () =>
    prepareReadModel(folder.readModels, store, logger),
  )
  const readModelNow = swappableReadModel(await openSqliteReadModelReader({ path }))
  lifecycle.onStop('read model', () => readModelNow.reader.close())
  const clock = await namingFailure('event log', () => openClock(store, readModelNow.reader))
  const { now } = clock

  const around = { config, folder, lifecycle, logger }
  const written = await openWritePath(around, store, clock)
  const { ledger, desk } = written
  const { generated } = await namingFailure('desk', () =>
    ensureAdminKey(desk, config.ADMIN_KEY, now),
  )
  const read = openReadPath(around, written, path, readModelNow)
  const { readModel, visibility, rebuilds, retryParked } = read

  const metrics = createMetrics()
  measureFiles(metrics, folder, written.writers)
  const deps: AppDeps = {
    ledger,
    queries: { readModel, reader: store, book: ledger.book, visibility, now },
    desk,
    // By the clock that never goes back: what has expired stays so.
    keys: await namingFailure('desk', () => openKeyRing({ desk, now, adminKey: config.ADMIN_KEY })),
    readModel,
    reader: store,
    metrics,
    logger,
    readiness: () => readiness({ ledger, readModel, now, writers: written.writers }),
    admin: rebuilds,
    retryParked,
    sourcesInPerson: (...sent) => {
      const batch = readInPersonBatch(...sent)
      return batch.ok ? { ...batch, signals: batch.rows } : { problem: batch.problem }
    },
    sources,
    fetchText,
    publicUrl: config.PUBLIC_URL?.replace(/\/+$/, ''),
  }
  const app = buildApp(deps)
  lifecycle.onStop('doors', () => app.close())
  const address = await app.listen({ host: config.HOST, port: config.PORT })
  announceAddress(folder, address, lifecycle)
  return { address, generatedAdminKey: generated }
}

/** A clock that is not behind what was told before this start, whatever the machine's says. */
async function openClock(store: EventStore, readModel: ReadModelReader): Promise<SteadyClock> {
  const clock = steadyClock({ now: nowMicros, monotonicMs: () => performance.now() })
  const [last] = await store.readBackwards(null, 1)
  clock.raiseTo(last?.recordedAt ?? 0)
  clock.raiseTo((await readModel.checkpoint()).asOf)
  return clock
}

type WritePath = {
  readonly store: EventStore
  readonly desk: Desk
  readonly ledger: Ledger
  readonly writers: Writers
}

/** What every part is opened with. */
type Around = {
  readonly config: Config
  readonly folder: DataFolder
  readonly lifecycle: Lifecycle
  readonly logger: Logger
}

async function openWritePath(
  { config, folder, lifecycle }: Around,
  store: EventStore,
  { now, doubt: clockDoubt }: SteadyClock,
): Promise<WritePath> {
  const masterKeys = prepareMasterKeys(folder, config)
  const vault = await namingFailure('vault', () => openSqliteVault({ path: folder.vault }))
  lifecycle.onStop('vault', () => vault.close())
  const desk = await namingFailure('desk', () => openSqliteDesk({ path: folder.desk }))
  lifecycle.onStop('desk', () => desk.close())
  const masterKey = await chooseMasterKey(folder, masterKeys, vault)
  const ledger = await namingFailure('event log or the vault', () =>
    openLedger({ store, vault, desk, masterKey, now, clockDoubt }),
  )
  return { store, desk, ledger, writers: [store, vault, desk] }
}

function openReadPath(
  { folder, lifecycle, logger }: Around,
  { store, desk, ledger }: WritePath,
  path: string,
  readModel: SwappableReadModel,
) {
  const visibility = createVisibility(async () => (await readModel.reader.checkpoint()).position)
  const projector = startProjector({
    logPath: folder.log,
    readModelPath: path,
    fence: ledger.fence,
    park: (parked) => parkAtDesk(desk, parked),
    onAdvanced: visibility.advanced,
    onStumbled: (message) => logger.error({ reason: message }, 'the projector stumbled'),
    // A projector that is gone is a bug, and a ledger without one is stale: better to start anew.
    onDied: (error) => {
      throw error
    },
  })
  lifecycle.onStop('projector', () => projector.stop())
  lifecycle.onStop('wake', store.onAppended(projector.wake))
  const rebuilds = createRebuilds({
    folder,
    fence: ledger.fence,
    projector,
    readModel,
    onFailed: (err) => logger.error({ err }, 'the rebuild failed'),
  })
  lifecycle.onStop('rebuild', async () => void (await rebuilds.cancelRebuild()))
  const { retry: retryParked } = projector
  return { readModel: readModel.reader, visibility, rebuilds, retryParked }
}

/** Leaves word where the ledger listens, for the command line on the same machine. */
function announceAddress(folder: DataFolder, address: string, lifecycle: Lifecycle): void {
  writeFileSync(folder.address, `${address}\n`, { mode: 0o600 })
  lifecycle.onStop('address', () => rmSync(folder.address, { force: true }))
}
