import { existsSync } from 'node:fs'
import type { WholeFile } from '@ledger/adapter-sqlite'
import {
  checkSqliteFile,
  openSqliteEventOrder,
  openSqliteEventReader,
  openSqliteVaultAudit,
  openSqliteVaultReader,
  positionNumber,
} from '@ledger/adapter-sqlite'
import type { LogToVerify, LogVerified, Report } from '@ledger/audit'
import { verifyLog, verifyStreams } from '@ledger/audit'
import type { Position } from '@ledger/domain'
import type { SubjectEntry } from '@ledger/ledger'
import { openEvent, openKeyring, VaultOfAnotherLog } from '@ledger/ledger'
import type { RecordedEvent } from '@ledger/ledger'
import type { FoundKey } from './master-key.ts'
import { openingKey } from './master-key.ts'

/** The files of a ledger, wherever they lie. */
export type LedgerFiles = { readonly log: string; readonly vault: string; readonly desk: string }

/** The files that SQLite can read from end to end; it names the faults of the others. */
export function verifyFiles(files: readonly WholeFile[], report: Report): readonly WholeFile[] {
  return files.filter((file) => {
    const faults = existsSync(file.path) ? checkSqliteFile(file) : ['the file is missing']
    for (const where of faults) report({ area: file.kind, where, code: 'file-damaged' })
    return faults.length === 0
  })
}

export type VerifyLogOptions = {
  /** The keys of which one may open the vault. */
  readonly keys: readonly FoundKey[]
  readonly report: Report
  readonly onProgress: (events: number, total: number) => void
}

/**
 * Holds the log and the vault in these files to each other; they may be in use.
 * @throws Outage when one of them cannot be read
 */
export async function verifyLogAndVault(
  { log, vault }: Pick<LedgerFiles, 'log' | 'vault'>,
  { keys, report, onProgress }: VerifyLogOptions,
): Promise<LogVerified> {
  const damaged = new Set<Position>()
  const reader = await openSqliteEventReader({ path: log, onDamage: (at) => damaged.add(at) })
  const order = openSqliteEventOrder({ path: log })
  const people = await openSqliteVaultReader({ path: vault })
  const claims = openSqliteVaultAudit({ path: vault })
  try {
    const opens = await sealOpener(keys, people, reader.logId, report)
    const head = await reader.head()
    const total = head === null ? 0 : positionNumber(head)
    await verifyStreams(order, report)
    const both = { ...people, ...claims }
    const verified = await verifyLog(
      { reader, vault: both, opens, ordinalOf: positionNumber },
      report,
      (events) => onProgress(events, total),
    )
    for (const where of damaged) report({ area: 'log', where, code: 'event-damaged' })
    for (const where of claims.misindexed()) report({ area: 'vault', where, code: 'unindexed-key' })
    return verified
  } finally {
    claims.close()
    order.close()
    await people.close()
    await reader.close()
  }
}

type VaultReader = Awaited<ReturnType<typeof openSqliteVaultReader>>

/** What opens sealed parts, with the key that opens this vault; null where there is none. */
async function sealOpener(
  keys: readonly FoundKey[],
  vault: VaultReader,
  logId: string,
  report: Report,
): Promise<LogToVerify['opens']> {
  const found = await openingKey(keys, vault)
  if (found === null) {
    const code = keys.length === 0 ? 'no-master-key' : 'wrong-master-key'
    report({ area: 'vault', where: 'secrets', code })
    return null
  }
  try {
    const keyring = await openKeyring(found.key, vault, logId)
    return (event, entry) => opensWith(keyring, event, entry)
  } catch (error) {
    if (!(error instanceof VaultOfAnotherLog)) throw error
    report({ area: 'vault', where: 'secrets', code: 'vault-of-another-log' })
    return null
  }
}

function opensWith(
  keyring: Awaited<ReturnType<typeof openKeyring>>,
  { stream, id, type, schemaVersion, sealed }: RecordedEvent,
  { subject, envelope }: SubjectEntry,
): boolean {
  if (sealed === null || envelope === null) return true
  try {
    const { dataKey } = keyring.unwrap(envelope, subject)
    return openEvent(dataKey, { stream, id, type, schemaVersion }, sealed) !== null
  } catch {
    // An envelope that was tampered with, or what it sealed is no JSON.
    return false
  }
}
