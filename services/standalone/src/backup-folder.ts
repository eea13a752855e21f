import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  copySqliteFile,
  openSqliteEventReader,
  openSqliteVaultReader,
  sync,
} from '@ledger/adapter-sqlite'
import { formatInstant } from '@ledger/domain'
import { isMasterKeyOf } from '@ledger/ledger'
import { nowMicros } from '@ledger/runtime'
import type { BackedUpFile, BackupManifest, FileSum } from './backup-manifest.ts'
import { backedUpFiles, sumOf, writeManifest } from './backup-manifest.ts'
import type { DataFolder } from './data-folder.ts'
import { createFolder } from './data-folder.ts'
import { keyFiles, masterKeysAtHand } from './master-key.ts'
import { UsageError } from './usage-error.ts'

export type BackupOptions = {
  /** Leaves the file `master.key` out, for those who keep the key elsewhere. */
  readonly withoutMasterKey: boolean
  /** Called while a file is copied. */
  readonly onProgress: (copiedBytes: number, totalBytes: number) => void
}

const progressEveryMs = 200

/**
 * Copies log, vault, desk and, when it is a file, the master key into an empty folder, while the
 * ledger serves. The log is copied before the vault: a claim is durable before its event, so the
 * vault holds every claim that the copied log names. Claims beyond that log do no harm: the
 * producers' retries find them and write what is missing. The manifest comes last, when all else
 * has reached the disk.
 * @throws UsageError when the folder lies within the data folder, Error when it is not empty
 */
export async function backUp(
  folder: DataFolder,
  to: string,
  { withoutMasterKey, onProgress }: BackupOptions,
): Promise<BackupManifest> {
  const target = emptyFolder(folder, to)
  const sources = [
    { kind: 'log', path: folder.log, name: 'log.db' },
    { kind: 'vault', path: folder.vault, name: 'vault.db' },
    { kind: 'desk', path: folder.desk, name: 'desk.db' },
  ] as const
  const total = sources.reduce((sum, { path }) => sum + bytesOf(path), 0)
  const copied = (): number =>
    sources.reduce((sum, { name }) => sum + bytesOf(join(target, name)), 0)
  const timer = setInterval(() => onProgress(copied(), total), progressEveryMs)
  try {
    for (const { kind, path, name } of sources) {
      await copySqliteFile({ kind, path }, join(target, name))
    }
  } finally {
    clearInterval(timer)
  }
  if (!withoutMasterKey) await copyMasterKey(folder, target)
  const manifest = await describe(target)
  sync(target)
  sync(dirname(target))
  writeManifest(target, manifest)
  return manifest
}

const bytesOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

function emptyFolder(folder: DataFolder, to: string): string {
  const target = resolve(to)
  if (`${target}/`.startsWith(`${folder.path}/`)) {
    throw new UsageError('a backup goes to another folder than the data folder')
  }
  createFolder(dirname(target))
  if (!existsSync(target)) mkdirSync(target, { mode: 0o700 })
  const [first] = readdirSync(target)
  if (first === undefined) return target
  const hasManifest = existsSync(join(target, 'backup.json'))
  const isRest = !hasManifest && backedUpFiles.some((name) => existsSync(join(target, name)))
  const what = hasManifest
    ? 'holds a backup'
    : isRest
      ? 'holds an unfinished backup'
      : 'is not empty'
  throw new Error(`${target} ${what}: a backup goes to an empty folder`)
}

/** Copies the key file, the one that opens the vault that was copied. */
async function copyMasterKey(folder: DataFolder, target: string): Promise<void> {
  const { current, next } = keyFiles(folder)
  const vault = await openSqliteVaultReader({ path: join(target, 'vault.db') })
  try {
    for (const { key, where } of masterKeysAtHand(folder, {})) {
      if (!(await isMasterKeyOf(key, vault))) continue
      const copy = join(target, 'master.key')
      copyFileSync(where === 'master.key.next' ? next : current, copy)
      sync(copy)
      return
    }
  } finally {
    await vault.close()
  }
}

async function describe(target: string): Promise<BackupManifest> {
  const log = await openSqliteEventReader({ path: join(target, 'log.db') })
  const { logId } = log
  const logEnd = await log.head().finally(() => log.close())
  const vault = await openSqliteVaultReader({ path: join(target, 'vault.db') })
  const lastClaim = await vault.highWaterMark().finally(() => vault.close())
  const files: { [name in BackedUpFile]?: FileSum } = {}
  for (const name of backedUpFiles) {
    if (existsSync(join(target, name))) files[name] = await sumOf(join(target, name))
  }
  const madeAt = formatInstant(nowMicros())
  return { format: 1, madeAt, madeBy: programVersion(), logId, logEnd, lastClaim, files }
}

function programVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
