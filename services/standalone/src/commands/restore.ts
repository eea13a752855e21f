import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { takeFolderLock } from '@ledger/adapter-sqlite'
import { readConfig } from '@ledger/runtime'
import type { Config } from '../config.ts'
import { configSchema } from '../config.ts'
import type { DataFolder } from '../data-folder.ts'
import { createFolder, dataFolderAt } from '../data-folder.ts'
import { findingLog } from '../finding-log.ts'
import { progressLine } from '../progress-line.ts'
import type { Restored } from '../restore-folder.ts'
import { filesInTheWay, restore } from '../restore-folder.ts'
import { UsageError } from '../usage-error.ts'

type Options = { readonly json: boolean; readonly replace: boolean }

/** Puts a backup into `DATA_DIR`, once all of it was found to be whole. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      replace: { type: 'boolean', default: false },
    },
  })
  const [from, ...rest] = positionals
  if (from === undefined || rest.length > 0) throw new UsageError('restore takes one folder')
  const config = readConfig(configSchema, process.env)
  const folder = dataFolderAt(config.DATA_DIR)
  createFolder(folder.path)
  const release = takeFolderLock({ path: folder.lock })
  if (release === null) throw new Error('a ledger is running on DATA_DIR: stop it first')
  try {
    return await restoreInto(folder, from, config, values)
  } finally {
    release()
  }
}

async function restoreInto(
  folder: DataFolder,
  from: string,
  config: Config,
  { json, replace }: Options,
): Promise<number> {
  // After an interruption what is there was set aside or put there by a restore that was allowed.
  const isAgain = existsSync(folder.restoreMark)
  const [first] = filesInTheWay(folder)
  if (first !== undefined && !replace && !isAgain) {
    throw new Error(
      `${folder.path} is not empty (${first}): --replace sets what is there aside and keeps it`,
    )
  }
  const found = findingLog((line) => process.stderr.write(`${line}\n`))
  const line = progressLine('restore: checking')
  const restored = await restore(from, folder, {
    given: config,
    report: found.report,
    wrongSoFar: () => found.told().wrong,
    onProgress: line.show,
  })
  if (restored === null) {
    line.end('not restored: everything is as it was')
    if (json) process.stdout.write(`${JSON.stringify({ isRestored: false, ...found.told() })}\n`)
    return 1
  }
  const { notes } = found.told()
  if (json) process.stdout.write(`${JSON.stringify({ isRestored: true, notes, ...restored })}\n`)
  else process.stdout.write(textOf(restored))
  return 0
}

function textOf({ manifest, setAside }: Restored): string {
  const { madeAt, logEnd } = manifest
  return [
    `restored the backup of ${madeAt}: the log ends at ${logEnd ?? 'its start'}`,
    ...(setAside === null ? [] : [`what was there lies in ${setAside}`]),
    'the read model is built at the next start; have producers send again what they sent since',
    '',
  ].join('\n')
}
