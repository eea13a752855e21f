import { join } from 'node:path'
import { openSqliteEventReader, openSqliteReadModelReader } from '@ledger/adapter-sqlite'
import type { Position } from '@ledger/domain'
import type { RecordedEvent } from '@ledger/ledger'
import { readFileSync, existsSync } from 'node:fs'
import { differencesFromReplay } from '../support/differences-from-replay.ts'
import type { Acknowledged, Verdict } from './check-log.ts'
import { checkLog } from './check-log.ts'

/** What an auditor finds in the files of a ledger. */
export type Findings = {
  readonly verdict: Verdict
  /** Where the read model differs from a fold of the log. */
  readonly differences: readonly string[]
  readonly events: readonly RecordedEvent[]
  /** True when the read model has applied all there is. */
  readonly isCaughtUp: boolean
}

const currentReadModel = (folder: string): string => {
  const pointer = join(folder, 'read-model.current')
  const name = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : 'read-model-1.db'
  return join(folder, name)
}

/** Judges the files of a ledger, which may be running: reads only. */
export async function judgeFolder(
  folder: string,
  acknowledged: readonly Acknowledged[],
): Promise<Findings> {
  const reader = await openSqliteEventReader({ path: join(folder, 'log.db') })
  const readModel = await openSqliteReadModelReader({ path: currentReadModel(folder) })
  try {
    const events: RecordedEvent[] = []
    for (let after: Position | null = null; ;) {
      const page: readonly RecordedEvent[] = await reader.readAll(after, 5_000)
      if (page.length === 0) break
      events.push(...page)
      after = page.at(-1)?.position ?? null
    }
    const { position } = await readModel.checkpoint()
    return {
      verdict: checkLog(acknowledged, events),
      differences: await differencesFromReplay(readModel, reader),
      events,
      isCaughtUp: position === (events.at(-1)?.position ?? null),
    }
  } finally {
    await readModel.close()
    await reader.close()
  }
}
