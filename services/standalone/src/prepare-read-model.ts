import { openSqliteReadModel } from '@ledger/adapter-sqlite'
import type { EventReader } from '@ledger/ledger'
import type { Logger } from '@ledger/runtime'
import type { ReadModelFiles } from './read-model-files.ts'

/**
 * Sees to it that there is a read model of this log, and of nothing else. One that is ahead of the
 * log, or of another log, was left behind when older files were restored: what it says is of events
 * that are gone, and new events would get positions that it believes to have applied. It is thrown
 * away, and the projector builds it anew.
 * @returns the file to serve
 */
export async function prepareReadModel(
  files: ReadModelFiles,
  log: Pick<EventReader, 'head' | 'logId'>,
  logger: Pick<Logger, 'warn'>,
): Promise<string> {
  files.removeOthers()
  const path = files.current()
  const readModel = await openSqliteReadModel({ path })
  const { position } = await readModel.checkpoint()
  await readModel.close()
  const head = await log.head()
  const isOfThisLog = position === null || position.startsWith(`${log.logId}-`)
  const isBehind = position === null || (head !== null && position <= head)
  if (isOfThisLog && isBehind) return path

  logger.warn({ isOfThisLog, isBehind }, 'the read model is of another log: building it anew')
  const next = files.prepareNext()
  await (await openSqliteReadModel({ path: next })).close()
  files.switchTo(next)
  files.removeOthers()
  return next
}
