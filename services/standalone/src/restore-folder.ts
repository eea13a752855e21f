import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openSqliteVault, sync } from '@ledger/adapter-sqlite'
import type { Report } from '@ledger/audit'
import type { Position } from '@ledger/domain'
import { formatInstant } from '@ledger/domain'
import { nowMicros } from '@ledger/runtime'
import type { BackupManifest } from './backup-manifest.ts'
import { backedUpFiles, NoBackup, readManifest, sumOf } from './backup-manifest.ts'
import type { DataFolder } from './data-folder.ts'
import { moveFile } from './key-file.ts'
import type { GivenKeys } from './master-key.ts'
import { masterKeysAtHand } from './master-key.ts'
import { verifyFiles, verifyLogAndVault } from './verify-folder.ts'

/** Where the copies are checked before anything else is touched. */
const stagingName = 'restoring'
/** What belongs to the ledger that was there; nothing else in the folder is touched. */
const ledgerFile =
  /^(log|vault|desk|read-model-\d+)\.db(-wal|-shm)?$|^read-model\.current|^master\.key/

export type RestoreOptions = {
  readonly given: GivenKeys
  readonly report: Report
  readonly wrongSoFar: () => number
  readonly onProgress: (events: number, total: number) => void
}

export type Restored = {
  readonly manifest: BackupManifest
  /** The folder in which the files that were there lie now; null when there were none. */
  readonly setAside: string | null
}

/** What must not be restored over without being told so. */
export const filesInTheWay = (folder: DataFolder): readonly string[] =>
  readdirSync(folder.path).filter((name) => ledgerFile.test(name))

/**
 * Puts a backup into a data folder that nobody works on. Copies first, checks the copies, and only
 * then sets aside what was there, by renames, and puts the copies in its place. A kill before that
 * changes nothing; a kill in the middle leaves a mark because of which nothing starts until the
 * restore was run again.
 * @returns null when the copies are not in order; everything is as it was then
 * @throws NoBackup when the folder is no whole backup
 */
export async function restore(
  from: string,
  folder: DataFolder,
  options: RestoreOptions,
): Promise<Restored | null> {
  const source = resolve(from)
  const manifest = readManifest(source)
  const staging = join(folder.path, stagingName)
  rmSync(staging, { recursive: true, force: true })
  mkdirSync(staging, { mode: 0o700 })
  try {
    await copyFiles(source, staging, manifest)
    if (!(await isInOrder(staging, folder, options))) return null
    await acceptEndOfLog(staging, manifest)
    sync(staging)
    return { manifest, setAside: switchOver(folder, staging, manifest) }
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

async function copyFiles(source: string, staging: string, manifest: BackupManifest): Promise<void> {
  for (const name of backedUpFiles) {
    const sum = manifest.files[name]
    if (sum === undefined) {
      if (name === 'master.key') continue
      throw new NoBackup(source, `backup.json does not name ${name}`)
    }
    if (!existsSync(join(source, name))) throw new NoBackup(source, `${name} is missing`)
    const copy = join(staging, name)
    copyFileSync(join(source, name), copy)
    const found = await sumOf(copy)
    if (found.sha256 !== sum.sha256) {
      throw new NoBackup(source, `${name} is not as it was made: its SHA-256 is another`)
    }
  }
}

async function isInOrder(
  staging: string,
  folder: DataFolder,
  { given, report, wrongSoFar, onProgress }: RestoreOptions,
): Promise<boolean> {
  const files = {
    log: join(staging, 'log.db'),
    vault: join(staging, 'vault.db'),
    desk: join(staging, 'desk.db'),
  }
  verifyFiles(
    [
      { kind: 'log', path: files.log },
      { kind: 'vault', path: files.vault },
      { kind: 'desk', path: files.desk },
    ],
    report,
  )
  if (wrongSoFar() > 0) return false
  // The key of the backup, of the environment, or of the folder that is restored into.
  const keys = [...masterKeysAtHand({ path: staging }, given), ...masterKeysAtHand(folder, {})]
  // A vault that was copied after its log has seen that log further than its copy goes.
  const isExpected = (code: string): boolean => code === 'log-older-than-vault'
  await verifyLogAndVault(files, {
    keys,
    report: (finding) => void (isExpected(finding.code) || report(finding)),
    onProgress,
  })
  return wrongSoFar() === 0
}

/** From here on this log is the newest there is, as far as its vault knows. */
async function acceptEndOfLog(staging: string, { logEnd }: BackupManifest): Promise<void> {
  if (logEnd !== null) {
    const vault = await openSqliteVault({ path: join(staging, 'vault.db') })
    await vault.noteLogPosition(logEnd as Position).finally(() => vault.close())
  }
  for (const name of backedUpFiles) {
    if (existsSync(join(staging, name))) sync(join(staging, name))
  }
}

function switchOver(folder: DataFolder, staging: string, manifest: BackupManifest): string | null {
  writeFileSync(folder.restoreMark, '', { mode: 0o600, flush: true })
  sync(folder.path)
  const setAside = setAsideFiles(folder, manifest)
  for (const name of backedUpFiles) {
    if (existsSync(join(staging, name))) moveFile(join(staging, name), join(folder.path, name))
  }
  sync(folder.path)
  rmSync(folder.restoreMark)
  sync(folder.path)
  return setAside
}

function setAsideFiles(folder: DataFolder, { files }: BackupManifest): string | null {
  // A key that the backup does not bring is the key of the vault that it brings, or of no use.
  const inTheWay = filesInTheWay(folder).filter(
    (name) => files['master.key'] !== undefined || !name.startsWith('master.key'),
  )
  if (inTheWay.length === 0) return null
  const stamp = formatInstant(nowMicros()).replaceAll(/[:.]/g, '-')
  const setAside = join(folder.path, `replaced-${stamp}`)
  mkdirSync(setAside, { mode: 0o700 })
  for (const name of inTheWay) moveFile(join(folder.path, name), join(setAside, name))
  sync(setAside)
  return setAside
}
