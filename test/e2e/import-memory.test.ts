import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

const rowCount = 150_000
/** Held in memory, that many rows with their signals take more than five times as much. */
const growthBytesMax = 64 * 1024 * 1024

async function writeList(): Promise<string> {
  const path = join(tempFolder(), 'list.csv')
  const file = createWriteStream(path)
  file.write('external_id,phone,subscription_group_id,subscription_state\n')
  for (let nth = 0; nth < rowCount; nth += 1) {
    const line = `user-${nth},+1202${String(2_000_000 + nth)},offers,subscribed\n`
    if (!file.write(line)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
  return path
}

/** Resident memory of a process; null once it has ended. */
function residentBytes(pid: number | undefined): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return null
  }
}

test(
  'a list is read in memory that does not grow with its length',
  { timeout: 180_000 },
  async ({ skip }) => {
    skip(!existsSync('/proc/self/status'), 'this system does not tell the memory of a process')
    const folder = tempFolder()
    const ledger = await startStandalone(folder)
    await putGroups(httpClient(ledger.address), definitions)
    const checking = runCommand(folder, ['import', await writeList(), '--dry-run', '--json'])
    const samples: number[] = []
    while (!checking.hasEnded()) {
      const bytes = residentBytes(checking.pid)
      // From the first piece on: what starts has loaded its code by then.
      if (bytes !== null && /check: \d+/.test(checking.said().stderr)) samples.push(bytes)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const { code } = await checking.ended
    expect({ code, stdout: checking.said().stdout }).toMatchObject({ code: 0 })
    expect(JSON.parse(checking.said().stdout)).toMatchObject({
      rows: rowCount,
      changes: { 'never -> subscribed': rowCount },
    })
    expect(samples.length).toBeGreaterThan(20)
    const quarter = Math.floor(samples.length / 4)
    const [early, late] = [samples.slice(0, quarter), samples.slice(-quarter)].map((some) =>
      Math.max(...some),
    )
    expect((late ?? 0) - (early ?? 0)).toBeLessThan(growthBytesMax)
  },
)
