import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import {
  openSqliteDesk,
  openSqliteEventStore,
  openSqliteReadModel,
  openSqliteVault,
} from '@ledger/adapter-sqlite'
import type { EventStore } from '@ledger/ledger'
import { openLedger, parkAtDesk } from '@ledger/ledger'
import type { ParkedPlace, ReadModel, RetryOutcome } from '@ledger/read-models'
import { createProjector, createVisibility } from '@ledger/read-models'
import { createLogger, createMetrics, nowMicros } from '@ledger/runtime'
import { ensureAdminKey } from '../admin-key.ts'
import type { AppDeps } from '../app-deps.ts'
import { buildApp } from '../build-app.ts'
import type { KeyScope } from '../door-scopes.ts'
import { openKeyRing } from '../keys.ts'
import { checkAnswers } from './check-answers.ts'

/** The key that opens every door of a test ledger. */
export const adminKey = 'correct-horse'

/** A ledger on real files in a folder of its own, with its doors. */
export type TestLedger = {
  readonly app: FastifyInstance
  readonly deps: AppDeps
  /** The log, past the write path. */
  readonly store: EventStore
  /** Lines of the log, as written. */
  readonly logged: string[]
  /** A key with these scopes, as an `authorization` header. */
  readonly keyFor: (scopes: readonly KeyScope[], sources?: readonly string[]) => Promise<string>
  /** Stops and starts the projector, so that a test can fall behind. */
  readonly project: { stop: () => Promise<void>; start: () => void }
  readonly close: () => Promise<void>
}

const restMs = 5

type Parts = Pick<AppDeps, 'ledger' | 'desk' | 'reader' | 'queries'>

/** Keeps a read model behind its log, on and off. */
function projecting({ ledger, desk, reader, queries }: Parts, readModel: ReadModel) {
  const projector = createProjector({
    reader,
    readModel,
    fence: ledger.fence,
    park: (parked) => parkAtDesk(desk, parked),
    pageSizeMax: 500,
    cachedRowsMax: 1_000,
  })
  let isRunning = false
  let running: Promise<void> = Promise.resolve()
  let retry: { readonly parked: ParkedPlace; readonly done: (found: RetryOutcome) => void } | null
  retry = null
  const run = async (): Promise<void> => {
    while (isRunning) {
      const { applied, retried } = await projector.step(retry?.parked)
      queries.visibility.advanced()
      if (retried !== null) {
        retry?.done(retried)
        retry = null
      }
      if (applied === 0) await new Promise((resolve) => setTimeout(resolve, restMs))
    }
  }
  return {
    start: () => {
      isRunning = true
      running = run()
    },
    stop: async () => {
      isRunning = false
      await running
    },
    retryParked: (parked: ParkedPlace) =>
      new Promise<RetryOutcome>((done) => {
        retry = { parked, done }
      }),
  }
}

/** Opens a ledger; `change` replaces what a test wants otherwise. */
export async function openTestLedger(
  change: (deps: AppDeps) => Partial<AppDeps> = () => ({}),
): Promise<TestLedger> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-api-'))
  const at = (name: string) => ({ path: join(folder, name) })
  const store = await openSqliteEventStore(at('log.db'))
  const vault = await openSqliteVault(at('vault.db'))
  const desk = await openSqliteDesk(at('desk.db'))
  const readModel = await openSqliteReadModel(at('read-model.db'))
  const masterKey = new Uint8Array(32).fill(7)
  const ledger = await openLedger({ store, vault, desk, masterKey, now: nowMicros })
  const visibility = createVisibility(async () => (await readModel.checkpoint()).position)
  const logged: string[] = []
  await ensureAdminKey(desk, adminKey)
  const queries = { readModel, reader: store, book: ledger.book, visibility, now: nowMicros }
  const project = projecting({ ledger, desk, reader: store, queries }, readModel)
  const base: AppDeps = {
    ledger,
    queries,
    desk,
    keys: await openKeyRing({ desk, now: nowMicros, adminKey }),
    readModel,
    reader: store,
    metrics: createMetrics({ isProcessMeasured: false }),
    logger: createLogger({ level: 'debug', to: { write: (line) => void logged.push(line) } }),
    readiness: async () => ({ ready: true, reasons: [] }),
    retryParked: project.retryParked,
  }
  const deps = { ...base, ...change(base) }
  project.start()
  const app = buildApp(deps)
  checkAnswers(app)
  return {
    app,
    deps,
    store,
    logged,
    project,
    keyFor: async (scopes, sources) => {
      const wanted = { name: 'test', scopes, sources: sources ?? null, expiresAt: null }
      const { text } = await deps.keys.create(wanted)
      return `Bearer ${text}`
    },
    close: async () => {
      await app.close()
      await project.stop()
      await Promise.all([readModel.close(), store.close(), vault.close(), desk.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
