import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { takeFolderLock } from '@ledger/adapter-sqlite'
import { createLifecycle, createLogger } from '@ledger/runtime'
import { startStandalone } from './compose.ts'
import type { Config } from './config.ts'
import type { DataFolder } from './data-folder.ts'
import { openExistingDataFolder } from './data-folder.ts'
import { UsageError } from './usage-error.ts'

/** A ledger that runs on a data folder, as the command line talks to it: through its doors. */
export type RunningLedger = {
  /**
   * Sends JSON and reads JSON.
   * @throws Error with status, title and detail when the answer is a problem
   */
  readonly send: (method: string, path: string, body?: object) => Promise<unknown>
  /** Sends anything and hands back the answer as it is, to be streamed. */
  readonly request: (path: string, init: RequestInit) => Promise<Response>
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
  return { running: talkTo(readFileSync(folder.address, 'utf8').trim(), adminKey) }
}

/**
 * Runs a command against the ledger that runs on `DATA_DIR`, or, when none does, against one that
 * is opened on its files for as long as the command takes. So a command is written once, for the
 * doors.
 * @throws Error when there is no ledger in the folder
 */
export async function withLedger<T>(
  config: Config,
  use: (ledger: RunningLedger) => Promise<T>,
): Promise<T> {
  const access = accessFolder(openExistingDataFolder(config.DATA_DIR), config.ADMIN_KEY)
  if (access.running !== null) return use(access.running)
  access.release()
  const lifecycle = createLifecycle()
  try {
    const adminKey = randomBytes(24).toString('base64url')
    const own = { ...config, HOST: '127.0.0.1', PORT: 0, ADMIN_KEY: adminKey }
    const logger = createLogger({ level: config.LOG_LEVEL })
    const { address } = await startStandalone(own, lifecycle, logger)
    return await use(talkTo(address, adminKey))
  } finally {
    await lifecycle.stop()
  }
}

function talkTo(address: string, adminKey: string): RunningLedger {
  const request = (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${adminKey}`)
    return fetch(`${address}${path}`, { ...init, headers })
  }
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await request(path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json()
    if (response.ok) return answer
    const { title = response.statusText, detail = '', field } = answer as Record<string, string>
    const where = field === undefined ? '' : ` (${field})`
    throw new Error(`${response.status} ${title}${where} ${detail}`.trim())
  }
  return { send, request }
}
