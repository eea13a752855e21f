import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from './temp-folder.ts'

/** The wall clock of a process of ours, as somebody with the rights to do so sets it. */
export type SettableClock = {
  /** What the process must be started with. */
  readonly env: Readonly<Record<string, string>>
  /** How far the clock is from the machine's own, from now on. */
  readonly setMs: (shiftMs: number) => void
}

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

export function settableClock(shiftMs = 0): SettableClock {
  const file = join(tempFolder(), 'shift')
  const setMs = (ms: number): void => {
    // By a rename, so that nobody reads half a number.
    writeFileSync(`${file}.new`, String(ms))
    renameSync(`${file}.new`, file)
  }
  setMs(shiftMs)
  const preload = new URL('./shifted-clock.ts', import.meta.url)
  return { env: { CLOCK_SHIFT_FILE: file, NODE_OPTIONS: `--import=${preload.href}` }, setMs }
}
