import { parseArgs } from 'node:util'
import { openSqliteEventReader, openSqliteVault, takeFolderLock } from '@ledger/adapter-sqlite'
import { readConfig } from '@ledger/runtime'
import { configSchema } from '../config.ts'
import type { DataFolder } from '../data-folder.ts'
import { openExistingDataFolder } from '../data-folder.ts'

/**
 * Lets a ledger start on a log that ends before what its vault has seen: the last resort when the
 * newer log is gone. What was recorded behind its end stays lost until producers send it again.
 */
export async function run(args: string[]): Promise<number> {
  parseArgs({ args, options: {} })
  const config = readConfig(configSchema, process.env)
  const folder = openExistingDataFolder(config.DATA_DIR)
  const release = takeFolderLock({ path: folder.lock })
  if (release === null) throw new Error('a ledger is running on DATA_DIR: nothing is missing')
  try {
    process.stdout.write(`${await acceptLoss(folder)}\n`)
    return 0
  } finally {
    release()
  }
}

async function acceptLoss(folder: DataFolder): Promise<string> {
  const log = await openSqliteEventReader({ path: folder.log })
  const end = await log.head().finally(() => log.close())
  const vault = await openSqliteVault({ path: folder.vault })
  try {
    const seen = await vault.logPosition()
    if (seen === null || (end !== null && end >= seen))
      return 'nothing is missing: nothing was done'
    if (end === null) throw new Error('the log is empty: restore one, or begin a new ledger')
    await vault.noteLogPosition(end)
    return (
      `accepted: the log ends at ${end}; what was recorded up to ${seen} is gone\n` +
      'have producers send again what they sent since; `verify` names the claims that wait for it'
    )
  } finally {
    await vault.close()
  }
}
