import { parseArgs } from 'node:util'
import { takeFolderLock } from '@ledger/adapter-sqlite'
import { readConfig } from '@ledger/runtime'
import { backUp } from '../backup-folder.ts'
import type { BackupManifest } from '../backup-manifest.ts'
import { configSchema } from '../config.ts'
import { openExistingDataFolder } from '../data-folder.ts'
import { progressLine } from '../progress-line.ts'
import { UsageError } from '../usage-error.ts'

/**
 * Copies the ledger into an empty folder, whether it runs or not: SQLite's online backup reads the
 * files beside it, so neither a key nor the ledger's time is needed.
 */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      'without-master-key': { type: 'boolean', default: false },
    },
  })
  const [to, ...rest] = positionals
  if (to === undefined || rest.length > 0) throw new UsageError('backup takes one folder')
  const config = readConfig(configSchema, process.env)
  const folder = openExistingDataFolder(config.DATA_DIR)
  const release = takeFolderLock({ path: folder.maintenanceLock })
  if (release === null) throw new Error('another backup or a change of the key is under way')
  const line = progressLine('backup', 'bytes')
  try {
    const manifest = await backUp(folder, to, {
      withoutMasterKey: values['without-master-key'],
      onProgress: line.show,
    })
    process.stdout.write(values.json ? `${JSON.stringify(manifest)}\n` : textOf(manifest))
    return 0
  } finally {
    release()
  }
}

function textOf({ logEnd, lastClaim, files }: BackupManifest): string {
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0)
  const key =
    files['master.key'] === undefined
      ? 'the master key is NOT in this backup: without it nothing in it opens. Keep it elsewhere'
      : 'the master key IS in this backup: whoever has the folder can read all of it. Guard it ' +
        'as you guard the ledger, or back up with --without-master-key and keep the key elsewhere'
  return [
    `backed up to ${logEnd ?? 'the start of an empty log'}, claim ${lastClaim}, ${bytes} bytes`,
    key,
    '',
  ].join('\n')
}
