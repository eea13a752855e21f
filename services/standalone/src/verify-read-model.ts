import { rmSync } from 'node:fs'
import {
  openSqliteEventReader,
  openSqliteReadModelBuild,
  openSqliteReadModelReader,
  openSqliteReadModelTables,
} from '@ledger/adapter-sqlite'
import type { Report } from '@ledger/audit'
import { compareTables, verifyAnswers } from '@ledger/audit'
import type { Micros } from '@ledger/domain'
import type { EventReader } from '@ledger/ledger'
import type { Checkpoint } from '@ledger/read-models'
import { rebuild } from '@ledger/read-models'
import { rebuildLimits } from './rebuild-limits.ts'

export type VerifyReadModelOptions = {
  readonly log: string
  /** The read model that is served; it may be in use. */
  readonly readModel: string
  /** Where one is made anew to compare it with; removed at the end. */
  readonly scratch: string
  readonly report: Report
  readonly onBuilt: (events: number) => void
  readonly onJudged: (subjects: number) => void
  readonly onCompared: (rows: number) => void
}

/**
 * Compares a read model, as it is now, with one made anew of the events that it has applied, and
 * the answers of that one with what the law says of each subject's streams. It needs as much disk
 * again as the read model takes.
 * @returns how many rows were compared
 */
export async function verifyReadModel(options: VerifyReadModelOptions): Promise<number> {
  const { log, readModel, scratch, report } = options
  // Damaged events were told when the log was looked at; what they left here is told by the rows.
  const reader = await openSqliteEventReader({ path: log, onDamage: () => undefined })
  const live = await openSqliteReadModelTables({ path: readModel })
  try {
    const { checkpoint, tables } = live
    const head = await reader.head()
    if (checkpoint.position !== null && (head === null || checkpoint.position > head)) {
      report({ area: 'read model', where: checkpoint.position, code: 'read-model-ahead' })
      return 0
    }
    removeScratch(scratch)
    const lastRecordedAt = await buildUpTo(checkpoint, reader, scratch, options.onBuilt)
    const fresh = await openSqliteReadModelTables({ path: scratch })
    const readModelMade = await openSqliteReadModelReader({ path: scratch })
    try {
      // What runs out has taken effect up to the last proof or the last event, as the later goes.
      const at = Math.max(checkpoint.asOf, lastRecordedAt)
      const subjects = fresh.subjects()
      await verifyAnswers(
        { reader, readModel: readModelMade, subjects, at },
        report,
        options.onJudged,
      )
      if (fresh.checkpoint.parked !== checkpoint.parked) {
        report({ area: 'read model', where: 'progress (parked)', code: 'row-differs' })
      }
      return compareTables(tables, fresh.tables, report, options.onCompared)
    } finally {
      fresh.close()
      await readModelMade.close()
    }
  } finally {
    live.close()
    await reader.close()
    removeScratch(scratch)
  }
}

/** Removes what an earlier check that was killed has left. */
function removeScratch(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
}

async function buildUpTo(
  { position, asOf }: Checkpoint,
  reader: EventReader,
  path: string,
  onBuilt: (events: number) => void,
): Promise<Micros> {
  let lastRecordedAt = 0
  const upTo: EventReader = {
    ...reader,
    readAllClear: async (after, limit) => {
      const page = await reader.readAllClear(after, limit)
      const counted = page.filter((event) => position !== null && event.position <= position)
      lastRecordedAt = counted.at(-1)?.recordedAt ?? lastRecordedAt
      return counted
    },
  }
  const readModel = await openSqliteReadModelBuild({ path })
  await rebuild(
    {
      reader: upTo,
      readModel,
      fence: async () => ({ at: asOf, position }),
      // What is parked is compared; where an operator looks for it, the live projector put it.
      park: async () => {},
      ...rebuildLimits,
    },
    ({ applied }) => onBuilt(applied),
    () => false,
  )
  await readModel.close()
  return lastRecordedAt
}
