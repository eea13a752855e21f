import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const node = join(root, 'node_modules', '.bin', 'node')
const main = join(root, 'services', 'standalone', 'src', 'main.ts')

export const adminKey = 'test-admin-key'

const startMsMax = 30_000

/** How a process ended. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A process of ours and all that it has said. */
export type OwnProcess = {
  readonly pid: number | undefined
  readonly send: (signal: NodeJS.Signals) => void
  readonly ended: Promise<Ending>
  readonly hasEnded: () => boolean
  readonly said: () => { readonly stdout: string; readonly stderr: string }
  /** Resolves with the first match in its standard output; rejects when it ends without one. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>
}

type Environment = Readonly<Record<string, string>>

/** Where a process says how it is cleaned up; by default with the test that started it. */
type AtEnd = (cleanUp: () => Promise<void>) => void

/**
 * Runs the command line of the ledger, on a data folder; killed with the test, if it still runs.
 */
export function runCommand(
  folder: string,
  args: readonly string[],
  env: Environment = {},
  atEnd: AtEnd = onTestFinished,
): OwnProcess {
  const own = { DATA_DIR: folder, PORT: '0', ADMIN_KEY: adminKey, ...env }
  const child = spawn(node, [main, ...args], {
    env: { PATH: process.env['PATH'], ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return watch(child, atEnd)
}

/**
 * Starts the whole ledger with faults injected into its system calls, as `strace --inject` takes
 * them, and waits until it listens.
 */
export async function startFaulty(folder: string, fault: string): Promise<StandaloneProcess> {
  const [calls = ''] = fault.split(':')
  const traced = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${fault}`]
  const child = spawn('strace', [...traced, node, main, 'serve'], {
    env: { PATH: process.env['PATH'], DATA_DIR: folder, PORT: '0', ADMIN_KEY: adminKey },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const own = watch(child, onTestFinished)
  // The ledger is the tracer's child, and outlives it: both are ended, as one group, before that.
  onTestFinished(() => {
    if (child.pid !== undefined && !own.hasEnded()) process.kill(-child.pid, 'SIGKILL')
  })
  const [, address = ''] = await own.says(/listening on (http:\S+)/)
  return { ...own, address, folder }
}

/** Runs a script of our own with the pinned Node.js, as `runCommand` does. */
export function runScript(path: string, args: readonly string[]): OwnProcess {
  const child = spawn(node, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  return watch(child, onTestFinished)
}

function watch(child: ChildProcess, atEnd: AtEnd): OwnProcess {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  const ended = once(child, 'close').then((args) => {
    const [code, signal] = args as [Ending['code'], Ending['signal']]
    return { code, signal }
  })
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  atEnd(async () => {
    if (!hasEnded()) child.kill('SIGKILL')
    await ended
  })
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    const deadline = performance.now() + startMsMax
    for (;;) {
      const found = pattern.exec(stdout)
      if (found !== null) return found
      if (hasEnded()) throw new Error(`the process ended without saying ${pattern}: ${stderr}`)
      if (performance.now() > deadline) throw new Error(`not said in time: ${pattern}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const send = (signal: NodeJS.Signals): void => void child.kill(signal)
  return { pid: child.pid, send, ended, hasEnded, says, said: () => ({ stdout, stderr }) }
}

/** A ledger that listens. */
export type StandaloneProcess = OwnProcess & { readonly address: string; readonly folder: string }

/** Starts the whole ledger in a process of its own on a free port, and waits until it listens. */
export async function startStandalone(
  folder: string,
  env: Environment = {},
  atEnd: AtEnd = onTestFinished,
): Promise<StandaloneProcess> {
  const own = runCommand(folder, ['serve'], env, atEnd)
  const [, address = ''] = await own.says(/listening on (http:\S+)/)
  return { ...own, address, folder }
}
