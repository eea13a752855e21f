import { isDamage, openSqliteReadModel } from '@ledger/adapter-sqlite'
import type { Position } from '@ledger/domain'
import type { EventReader } from '@ledger/ledger'
import type { Logger } from '@ledger/runtime'
import type { ReadModelFiles } from './read-model-files.ts'

/**
 * Sees to it that there is a read model of this log, and of nothing else. One that is ahead of the
 * log, or of another log, was left behind when older files were restored: what it says is of events
 * that are gone, and new events would get positions that it believes to have applied. Such a one is
 * thrown away, like one that is damaged, and the projector builds it anew.
 * @returns the file to serve
 */
export async function prepareReadModel(
  files: ReadModelFiles,
  log: Pick<EventReader, 'head' | 'logId'>,
  logger: Pick<Logger, 'warn'>,
): Promise<string> {
  files.removeOthers()
  const path = files.current()
  const position = await positionOf(path)
  if (position === 'damaged') return beginAnew(files, logger, 'the read model is damaged')
  const head = await log.head()
  const isOfThisLog = position === null || position.startsWith(`${log.logId}-`)
  const isBehind = position === null || (head !== null && position <= head)
  if (isOfThisLog && isBehind) return path

  return beginAnew(files, logger, 'the read model is of another log')
}

/** How far a read model has come; nothing can be said of one that is damaged. */
async function positionOf(path: string): Promise<Position | null | 'damaged'> {
  try {
    const readModel = await openSqliteReadModel({ path })
    const { position } = await readModel.checkpoint()
    await readModel.close()
    return position
  } catch (error) {
    if (isDamage(error)) return 'damaged'
    throw error
  }
}

async function beginAnew(
  files: ReadModelFiles,
  logger: Pick<Logger, 'warn'>,
  reason: string,
): Promise<string> {
  logger.warn({ reason }, 'building the read model anew')
  const next = files.prepareNext()
  await (await openSqliteReadModel({ path: next })).close()
  files.switchTo(next)
  files.removeOthers()
  return next
}
