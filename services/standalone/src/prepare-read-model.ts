import { isGarbled, openSqliteReadModel } from '@ledger/adapter-sqlite'
import type { EventReader } from '@ledger/ledger'
import type { Logger } from '@ledger/runtime'
import type { ReadModelFiles } from './read-model-files.ts'

type Log = Pick<EventReader, 'head' | 'logId'>

/**
 * Sees to it that there is a read model of this log, and of nothing else. One that is ahead of the
 * log, or of another log, was left behind when older files were restored: what it says is of events
 * that are gone, and new events would get positions that it believes to have applied. It is thrown
 * away, and the projector builds it anew; so is one that is no database any more.
 * @returns the file to serve
 * @throws IncompatibleDatabase when the file is of another kind or of a newer version: somebody's
 * mistake, and not ours to remove
 */
export async function prepareReadModel(
  files: ReadModelFiles,
  log: Log,
  logger: Pick<Logger, 'warn'>,
): Promise<string> {
  const path = files.current()
  const fault = path === null ? 'read-model.current names no read model' : await faultOf(path, log)
  if (path !== null && fault === null) {
    files.removeOthers()
    return path
  }
  logger.warn({ fault }, 'the read model is built anew')
  const next = files.prepareNext()
  await (await openSqliteReadModel({ path: next })).close()
  files.switchTo(next)
  files.removeOthers()
  return next
}

/** Why the read model in this file is of no use; null when it is. Creates one that is not there. */
async function faultOf(path: string, log: Log): Promise<string | null> {
  try {
    const readModel = await openSqliteReadModel({ path })
    const { position } = await readModel.checkpoint().finally(() => readModel.close())
    const head = await log.head()
    if (position === null) return null
    if (!position.startsWith(`${log.logId}-`)) return 'it is of another log'
    return head === null || position > head ? 'it is ahead of its log' : null
  } catch (error) {
    if (isGarbled(error)) return 'it cannot be read'
    throw error
  }
}
