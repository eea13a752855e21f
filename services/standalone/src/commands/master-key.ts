import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { openSqliteVault, takeFolderLock } from '@ledger/adapter-sqlite'
import type { Vault } from '@ledger/ledger'
import { changeMasterKey, WrongMasterKey } from '@ledger/ledger'
import { readConfig } from '@ledger/runtime'
import type { Config } from '../config.ts'
import { configSchema } from '../config.ts'
import type { DataFolder } from '../data-folder.ts'
import { openExistingDataFolder } from '../data-folder.ts'
import { moveFile, writeNewKeyFile } from '../key-file.ts'
import type { FoundKey } from '../master-key.ts'
import { keyFiles, masterKeysAtHand, openingKey } from '../master-key.ts'
import { UsageError } from '../usage-error.ts'

type Changed = { readonly to: FoundKey['where']; readonly wasDoneBefore: boolean }

/**
 * Changes the master key. The vault takes the new one in one durable write, so it works beside a
 * running ledger, which has no further use for the master key once it is open; killed at any moment
 * it leaves a vault that one of the keys at hand opens, and running it again finishes the change.
 */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  })
  const [action, ...rest] = positionals
  if (action !== 'rotate' || rest.length > 0) throw new UsageError('master-key has: rotate')
  const config = readConfig(configSchema, process.env)
  const folder = openExistingDataFolder(config.DATA_DIR)
  const release = takeFolderLock({ path: folder.maintenanceLock })
  if (release === null) throw new Error('a backup or another change of the key is under way')
  try {
    const vault = await openSqliteVault({ path: folder.vault })
    const changed = await rotate(folder, config, vault).finally(() => vault.close())
    process.stdout.write(values.json ? `${JSON.stringify(changed)}\n` : textOf(changed))
    return 0
  } finally {
    release()
  }
}

async function rotate(folder: DataFolder, config: Config, vault: Vault): Promise<Changed> {
  if (config.LEDGER_MASTER_KEY_NEW !== undefined) return rotateToVariable(folder, config, vault)
  if (config.LEDGER_MASTER_KEY !== undefined) {
    throw new UsageError(
      'the master key comes from LEDGER_MASTER_KEY: set LEDGER_MASTER_KEY_NEW to the new one',
    )
  }
  return rotateFile(folder, vault)
}

/** The new key is in the folder, durable, before the vault takes it. */
async function rotateFile(folder: DataFolder, vault: Vault): Promise<Changed> {
  const { current, next } = keyFiles(folder)
  if ((await openingKey(masterKeysAtHand(folder, {}), vault)) === null) throw new WrongMasterKey()
  // One that is there was made by a change that was interrupted: nobody has another use for it.
  if (!existsSync(next)) writeNewKeyFile(next)
  const { old, fresh } = await keysOf(folder, {}, vault, 'master.key.next')
  const isChanged = await changeMasterKey(old, fresh, vault)
  moveFile(next, current)
  return { to: 'master.key', wasDoneBefore: !isChanged }
}

async function rotateToVariable(
  folder: DataFolder,
  config: Config,
  vault: Vault,
): Promise<Changed> {
  const { old, fresh } = await keysOf(folder, config, vault, 'LEDGER_MASTER_KEY_NEW')
  const isChanged = await changeMasterKey(old, fresh, vault)
  return { to: 'LEDGER_MASTER_KEY_NEW', wasDoneBefore: !isChanged }
}

async function keysOf(
  folder: DataFolder,
  given: Partial<Config>,
  vault: Vault,
  to: FoundKey['where'],
): Promise<{ readonly old: Uint8Array; readonly fresh: Uint8Array }> {
  const found = masterKeysAtHand(folder, given)
  const fresh = found.find(({ where }) => where === to)
  const old = (await openingKey(found, vault)) ?? found[0]
  if (fresh === undefined || old === undefined) throw new Error('there is no master key')
  return { old: old.key, fresh: fresh.key }
}

function textOf({ to, wasDoneBefore }: Changed): string {
  const done = wasDoneBefore
    ? 'the vault had the new master key already'
    : 'the vault has a new master key; the old one opens it no more'
  const next =
    to === 'master.key'
      ? 'the new key stands in master.key'
      : 'now set LEDGER_MASTER_KEY to the new key and unset LEDGER_MASTER_KEY_NEW, before the ' +
        'next start or at leisure: both are tried\nmaster.key, if there is one, is of no more ' +
        'use for this vault'
  return `${done}\n${next}\nbackups made before still need the key they were made with\n`
}
