import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A process that listens, started for a measurement. */
export type MeasuredServer = {
  readonly url: string
  readonly key: string
  /** The most memory it ever held, in bytes. */
  readonly peakBytes: () => number
  readonly stop: () => Promise<void>
}

const startMsMax = 30_000
const adminKey = 'bench-admin-key'

// As `npm start` has it: the nursery of the main thread cannot be set from within, 46 MB.
const nodeOptions = ['--max-semi-space-size=8']

/** Starts a script of this repository and waits for the line that tells where it listens. */
export function startServer(
  script: URL,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<MeasuredServer> {
  const child = spawn(process.execPath, [...nodeOptions, fileURLToPath(script), ...args], {
    env: { ...process.env, ADMIN_KEY: adminKey, PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${script.pathname} did not listen`)),
      startMsMax,
    )
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const url = /listening on (http:\S+)/.exec(printed)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      resolve({
        url,
        key: adminKey,
        peakBytes: () => peakBytesOf(child.pid ?? 0),
        stop: async () => {
          child.kill('SIGTERM')
          await exited
        },
      })
    })
    child.once('exit', (code) => reject(new Error(`${script.pathname} ended with ${code}`)))
  })
}

function peakBytesOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}
