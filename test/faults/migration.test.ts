import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runScript } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

const script = fileURLToPath(new URL('./open-stores.ts', import.meta.url))
const canTrace = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true']).status === 0

/** Opens new files and dies at the nth write to any of them. */
function openAndDie(folder: string, nth: number) {
  const writes = 'pwrite64,ftruncate,fdatasync'
  const fault = ['-e', `trace=${writes}`, '-e', `inject=${writes}:signal=KILL:when=${nth}`]
  const command = [...fault, process.execPath, script, folder]
  return spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', ...command], { timeout: 20_000 })
}

test('kill -9 while the files are made and migrated leaves files that the next start finishes', async (context) => {
  context.skip(!canTrace, 'strace is not installed or may not trace here')
  let died = 0
  for (const nth of [1, 3, 8, 15, 25, 40, 60, 85]) {
    const folder = tempFolder()
    const { stdout, signal, status } = openAndDie(folder, nth)
    if (signal === 'SIGKILL' || status !== 0) died += 1
    else expect(stdout.toString()).toContain('open')
    const again = runScript(script, [folder])
    expect(await again.ended, again.said().stderr).toEqual({ code: 0, signal: null })
    expect(again.said().stdout).toBe('open, versions 1 1 1 1\n')
  }
  expect(died).toBeGreaterThan(3)
})
