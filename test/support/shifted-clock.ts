/**
 * Loaded before a process of ours: its wall clock is the machine's, plus the milliseconds that
 * stand in the file `CLOCK_SHIFT_FILE`, which a test changes while the process runs. The monotonic
 * clock stays as it is, as with a clock that an operator or NTP sets.
 */
import { readFileSync } from 'node:fs'

const rereadMs = 5
const path = process.env['CLOCK_SHIFT_FILE']
const machineNow = Date.now.bind(Date)
let shiftMs = 0
let readAtMs = Number.NEGATIVE_INFINITY

Date.now = () => {
  const nowMs = performance.now()
  if (path !== undefined && nowMs - readAtMs > rereadMs) {
    shiftMs = Number(readFileSync(path, 'utf8'))
    readAtMs = nowMs
  }
  return machineNow() + shiftMs
}
