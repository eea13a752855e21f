import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { openWriting } from './database.ts'
import { deskWrites } from './desk-writes.ts'
import { deskFile, vaultFile } from './file-kind.ts'
import { logWrites, openLogWriting } from './log-writes.ts'
import { emptyWriteAheadLog } from './rest.ts'
import { vaultWrites } from './vault-writes.ts'
import type { GroupAnswer, Writes } from './write-group.ts'
import { runAfterwards, runGroup } from './write-group.ts'

/** What the thread writes, and how. Everything a thread imports it loads anew: keep it little. */
export type WriterFile =
  | { readonly kind: 'log'; readonly path: string }
  | { readonly kind: 'vault'; readonly path: string }
  | { readonly kind: 'desk'; readonly path: string; readonly attemptsMax: number }

/** The group to write, or null to close the file and end. */
export type ToThread = readonly unknown[] | null
/** First 'ready', then one answer for each group. */
export type FromThread = 'ready' | GroupAnswer<unknown>

/** After so long without a request the thread puts its file in order. */
const restMs = 1_000

type Open = { readonly database: DatabaseSync; readonly writes: Writes<unknown, unknown> }

function openFile(file: WriterFile): Open {
  const database =
    file.kind === 'log'
      ? openLogWriting(file.path)
      : openWriting(file.path, file.kind === 'vault' ? vaultFile : deskFile)
  const writes = {
    log: () => logWrites(database),
    vault: () => vaultWrites(database),
    desk: () => deskWrites(database, file.kind === 'desk' ? file.attemptsMax : 0),
  }[file.kind]()
  // What arrives was sent by the module of the same kind.
  return { database, writes: writes as Writes<unknown, unknown> }
}

const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')
const { database, writes } = openFile(workerData as WriterFile)
const rest = setTimeout(() => emptyWriteAheadLog(database), restMs)

port.on('message', (requests: ToThread) => {
  if (requests === null) {
    clearTimeout(rest)
    // Where others have the file open, closing leaves the write-ahead log as it is.
    emptyWriteAheadLog(database)
    database.close()
    port.close()
    return
  }
  port.postMessage(runGroup(database, writes, requests) satisfies FromThread)
  runAfterwards(database, writes)
  rest.refresh()
})
port.postMessage('ready' satisfies FromThread)
