import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { takeFolderLock } from '@ledger/adapter-sqlite'
import type { WholeFile } from '@ledger/adapter-sqlite'
import { readConfig } from '@ledger/runtime'
import type { Config } from '../config.ts'
import { configSchema } from '../config.ts'
import type { DataFolder } from '../data-folder.ts'
import { openExistingDataFolder } from '../data-folder.ts'
import { findingLog } from '../finding-log.ts'
import type { FindingLog } from '../finding-log.ts'
import { masterKeysAtHand } from '../master-key.ts'
import { progressLine } from '../progress-line.ts'
import { verifyFiles, verifyLogAndVault } from '../verify-folder.ts'
import { verifyReadModel } from '../verify-read-model.ts'

/** What was looked at. */
type Looked = { events: number; claims: number; rows: number }

/**
 * Checks that log, vault, desk and read model are whole and agree with each other. Only reads, so
 * it works beside a running ledger, whose read model it compares as of the last event that one has
 * applied.
 */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean', default: false } } })
  const config = readConfig(configSchema, process.env)
  const folder = openExistingDataFolder(config.DATA_DIR)
  const release = takeFolderLock({ path: join(folder.path, 'verify.lock') })
  if (release === null) throw new Error('another verify is under way on this folder')
  try {
    const found = findingLog((line) => void (values.json || process.stdout.write(`${line}\n`)))
    const looked = await verify(folder, config, found)
    const { wrong, notes, findings } = found.told()
    if (values.json) {
      const isWhole = wrong === 0
      process.stdout.write(`${JSON.stringify({ isWhole, ...looked, wrong, notes, findings })}\n`)
    } else {
      const { events, claims, rows } = looked
      const verdict = wrong === 0 ? 'all agree' : `${wrong} wrong`
      process.stdout.write(
        `${events} events, ${claims} claims, ${rows} rows of the read model: ${verdict}\n`,
      )
    }
    return wrong === 0 ? 0 : 1
  } finally {
    release()
  }
}

async function verify(folder: DataFolder, config: Config, found: FindingLog): Promise<Looked> {
  const { report } = found
  const looked: Looked = { events: 0, claims: 0, rows: 0 }
  const readModel = folder.readModels.current()
  const hasReadModel = readModel !== null && existsSync(readModel)
  const files: readonly WholeFile[] = [
    { kind: 'log', path: folder.log },
    { kind: 'vault', path: folder.vault },
    { kind: 'desk', path: folder.desk },
    ...(hasReadModel ? [{ kind: 'read model', path: readModel } as const] : []),
  ]
  if (!hasReadModel) {
    const code = readModel === null ? 'names-no-file' : 'not-built'
    report({ area: 'read model', where: 'read-model.current', code })
  }
  const whole = new Set(verifyFiles(files, report).map(({ kind }) => kind))
  if (whole.has('log') && whole.has('vault')) {
    const line = progressLine('verify: log and vault')
    const keys = masterKeysAtHand(folder, config)
    const onProgress = line.show
    Object.assign(looked, await verifyLogAndVault(folder, { keys, report, onProgress }))
    line.end(`log and vault: ${looked.events} events`)
  }
  if (whole.has('log') && whole.has('read model') && readModel !== null) {
    const building = progressLine('verify: read model, made anew')
    const judging = progressLine('verify: read model, judged', 'subjects')
    const comparing = progressLine('verify: read model, compared', 'rows')
    looked.rows = await verifyReadModel({
      log: folder.log,
      readModel,
      scratch: join(folder.path, 'verify-read-model.db'),
      report,
      onBuilt: (events) => building.show(events, null),
      onJudged: (subjects) => judging.show(subjects, null),
      onCompared: (rows) => comparing.show(rows, null),
    })
    comparing.end(`read model: ${looked.rows} rows`)
  }
  return looked
}
