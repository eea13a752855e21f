import { existsSync, readFileSync } from 'node:fs'
import { takeFolderLock } from '@ledger/adapter-sqlite'
import type { DataFolder } from './data-folder.ts'
import { UsageError } from './usage-error.ts'

/** A ledger that runs on a data folder, as the command line talks to it. */
export type RunningLedger = {
  readonly send: (method: string, path: string, body?: object) => Promise<unknown>
}

/** The folder is ours until `release`, or a ledger runs on it. */
export type Access =
  { readonly running: RunningLedger } | { readonly running: null; readonly release: () => void }

/**
 * Takes a data folder for a command: by its lock when nobody runs on it, else over HTTP with the
 * key in `ADMIN_KEY`.
 */
export function accessFolder(folder: DataFolder, adminKey: string | undefined): Access {
  const release = takeFolderLock({ path: folder.lock })
  if (release !== null) return { running: null, release }
  if (!existsSync(folder.address)) throw new Error('a ledger is starting on this folder: try again')
  if (adminKey === undefined)
    throw new UsageError('a ledger is running: set ADMIN_KEY to its admin key')
  const address = readFileSync(folder.address, 'utf8').trim()
  return { running: { send: (method, path, body) => send(address, adminKey, method, path, body) } }
}

async function send(
  address: string,
  adminKey: string,
  method: string,
  path: string,
  body: object | undefined,
): Promise<unknown> {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer: unknown = await response.json()
  if (response.ok) return answer
  const { title = response.statusText, detail = '' } = answer as Record<string, string>
  throw new Error(`${response.status} ${title} ${detail}`.trim())
}
