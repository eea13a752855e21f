import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { endOf } from '../support/end-of.ts'
import { definitions } from '../support/groups.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { phoneOf } from '../support/signals.ts'
import { runCommand, startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { allIsWell } from './check-log.ts'
import { judgeFolder } from './judge-folder.ts'

const rowCount = 9_000

function writeList(): string {
  const path = join(tempFolder(), 'list.csv')
  const rows = Array.from({ length: rowCount }, (_, nth) => {
    return `${phoneOf(nth).value},offers,${nth % 3 === 0 ? 'opt-out' : 'opt-in'}`
  })
  writeFileSync(path, ['phone,group,action', ...rows].join('\n'))
  return path
}

type Summary = { readonly recorded: number; readonly duplicate: number; readonly refused: number }

/** Runs an import to its end and gives what it says. */
async function importAll(folder: string, list: string): Promise<Summary> {
  const { stdout, stderr } = await endOf(runCommand(folder, ['import', list, '--yes', '--json']))
  if (stdout === '') throw new Error(`the import said nothing: ${stderr}`)
  return JSON.parse(stdout) as Summary
}

describe('kill -9 in the middle of an import', () => {
  test.for(['the import', 'the ledger'])(
    'of %s: run again, each row is recorded once',
    async (whom) => {
      const [folder, list] = [tempFolder(), writeList()]
      const first = await startStandalone(folder)
      await putGroups(httpClient(first.address), definitions)
      const importing = runCommand(folder, ['import', list, '--yes', '--json'])
      // Until it is under way: progress is told with the first piece of the file.
      await expect.poll(() => importing.said().stderr, { timeout: 30_000 }).toMatch(/import: \d+/)
      const killed = whom === 'the import' ? importing : first
      killed.send('SIGKILL')
      await killed.ended
      importing.send('SIGKILL')
      await importing.ended
      const ledger = whom === 'the import' ? first : await startStandalone(folder)
      const again = await importAll(folder, list)
      expect(again.recorded + again.duplicate).toBe(rowCount)
      expect(again.recorded, 'it was killed after its end').toBeGreaterThan(0)
      expect(await importAll(folder, list)).toMatchObject({ recorded: 0, duplicate: rowCount })
      ledger.send('SIGTERM')
      await ledger.ended
      const { verdict, events } = await judgeFolder(folder, [])
      expect(verdict).toEqual(allIsWell)
      const acts = events.filter(({ type }) => type === 'OptedIn' || type === 'OptedOut')
      expect(acts).toHaveLength(rowCount)
    },
  )
})
