import { parentPort, workerData } from 'node:worker_threads'
import { openWriting } from './database.ts'
import type { DeskRequest } from './desk-writes.ts'
import { deskWrites } from './desk-writes.ts'
import { deskFile, vaultFile } from './file-kind.ts'
import type { AppendReply, AppendRequest } from './log-writes.ts'
import { logWrites, openLogWriting } from './log-writes.ts'
import type { VaultReply, VaultRequest } from './vault-writes.ts'
import { vaultWrites } from './vault-writes.ts'
import type { GroupAnswer } from './write-group.ts'
import { runGroup } from './write-group.ts'

/** What the thread writes, and how. Everything a thread imports it loads anew: keep it little. */
export type WriterFile =
  | { readonly kind: 'log'; readonly path: string }
  | { readonly kind: 'vault'; readonly path: string }
  | { readonly kind: 'desk'; readonly path: string; readonly attemptsMax: number }

/** The group to write, or null to close the file and end. */
export type ToThread = readonly unknown[] | null
/** First 'ready', then one answer for each group. */
export type FromThread = 'ready' | GroupAnswer<unknown>

type Run = (requests: readonly unknown[]) => GroupAnswer<unknown>

function openFile(file: WriterFile): { readonly run: Run; readonly close: () => void } {
  const database =
    file.kind === 'log'
      ? openLogWriting(file.path)
      : openWriting(file.path, file.kind === 'vault' ? vaultFile : deskFile)
  const close = () => database.close()
  if (file.kind === 'log') {
    const writes = logWrites(database)
    const run = (requests: readonly AppendRequest[]): GroupAnswer<AppendReply> =>
      runGroup(database, writes, requests)
    return { run: run as Run, close }
  }
  if (file.kind === 'vault') {
    const writes = vaultWrites(database)
    const run = (requests: readonly VaultRequest[]): GroupAnswer<VaultReply> =>
      runGroup(database, writes, requests)
    return { run: run as Run, close }
  }
  const writes = deskWrites(database, file.attemptsMax)
  const run = (requests: readonly DeskRequest[]): GroupAnswer<null> =>
    runGroup(database, writes, requests)
  return { run: run as Run, close }
}

const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')
const file = openFile(workerData as WriterFile)
port.on('message', (requests: ToThread) => {
  if (requests !== null) {
    port.postMessage(file.run(requests) satisfies FromThread)
    return
  }
  file.close()
  port.close()
})
port.postMessage('ready' satisfies FromThread)
