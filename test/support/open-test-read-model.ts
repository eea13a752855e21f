import { join } from 'node:path'
import { openSqliteReadModel } from '@ledger/adapter-sqlite'
import type { Fence } from '@ledger/ledger'
import type { Checkpoint, Projector, QueryDeps, ReadModel } from '@ledger/read-models'
import { createProjector, createVisibility } from '@ledger/read-models'
import { onTestFinished } from 'vitest'
import type { TestLedger } from './open-test-ledger.ts'

/** A read model on SQLite behind a test ledger, with its projector and what queries need. */
export type TestReadModel = {
  readonly path: string
  readonly readModel: ReadModel
  readonly projector: Projector
  /** Steps until everything recorded before is applied. */
  readonly catchUp: () => Promise<Checkpoint>
  readonly queries: QueryDeps
}

export type TestReadModelOptions = {
  readonly name?: string
  readonly pageSizeMax?: number
  readonly cachedRowsMax?: number
  /** What proves how far the log goes; by default the ledger itself. */
  readonly fence?: () => Promise<Fence>
  /** Puts something between the projector and what it reads and writes, such as a fault. */
  readonly wrap?: (parts: Parts) => Partial<Parts>
}

type Parts = { readonly reader: TestLedger['store']; readonly readModel: ReadModel }

const stepsMax = 20_000

/** Steps a projector until it has caught up; fails a test in which it never does. */
export async function catchUp(projector: Projector): Promise<Checkpoint> {
  for (let step = 0; step < stepsMax; step += 1) {
    const { isCaughtUp, checkpoint } = await projector.step()
    if (isCaughtUp) return checkpoint
  }
  throw new Error(`the projector has not caught up in ${stepsMax} steps`)
}

/** A projector over a ledger, which parks at the ledger's desk. */
export function projectorOf(
  ledger: TestLedger,
  readModel: ReadModel,
  options: TestReadModelOptions = {},
): Projector {
  const { pageSizeMax = 1_000, cachedRowsMax = 10_000, fence = ledger.ledger.fence } = options
  const parts = { reader: ledger.store, readModel }
  const { park } = ledger.desk
  return createProjector({
    ...{ ...parts, ...options.wrap?.(parts) },
    ...{ fence, park, pageSizeMax, cachedRowsMax },
  })
}

/** Opens a read model beside a ledger's files; it closes with the test. */
export async function openTestReadModel(
  ledger: TestLedger,
  options: TestReadModelOptions = {},
): Promise<TestReadModel> {
  const path = join(ledger.folder, `${options.name ?? 'read-model-1'}.db`)
  const readModel = await openSqliteReadModel({ path })
  onTestFinished(() => readModel.close())
  const projector = projectorOf(ledger, readModel, options)
  const visibility = createVisibility(async () => (await readModel.checkpoint()).position)
  return {
    ...{ path, readModel, projector },
    catchUp: () => catchUp(projector),
    queries: {
      readModel,
      reader: ledger.store,
      book: ledger.ledger.book,
      visibility,
      now: ledger.clock.now,
    },
  }
}
