import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { tempFolder } from '../support/temp-folder.ts'
import type { Said } from './appending-child.ts'
import { expectAllKept } from './kept.ts'

const child = fileURLToPath(new URL('./appending-child.ts', import.meta.url))
const kills = 8

/** Lets a process append and claim, kills it in the midst of it, and gives what it had printed. */
async function appendUntilKilled(folder: string, afterMs: number): Promise<readonly Said[]> {
  const running = spawn(process.execPath, [child, folder, '8', 'Infinity'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said: Said[] = []
  const lines = createInterface({ input: running.stdout })
  lines.on('line', (line) => said.push(JSON.parse(line) as Said))
  const ended = once(lines, 'close')
  await Promise.race([once(lines, 'line'), ended])
  await pause(afterMs)
  running.kill('SIGKILL')
  await ended
  return said
}

// A kill proves nothing of fsync: what was written but not synced is in the kernel's keeping.
test(`keeps all that was acknowledged over ${kills} kills`, async () => {
  const folder = tempFolder()
  const said: Said[] = []
  for (let kill = 0; kill < kills; kill += 1) {
    said.push(...(await appendUntilKilled(folder, 10 + kill * 5)))
    await expectAllKept(folder, said)
  }
  expect(said.filter((each) => each.said === 'appended').length).toBeGreaterThan(kills)
  expect(said.filter((each) => each.said === 'outage')).toEqual([])
})
