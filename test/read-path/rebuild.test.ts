import { join } from 'node:path'
import { openSqliteEventStore, openSqliteReadModelBuild } from '@ledger/adapter-sqlite'
import type { Fence } from '@ledger/ledger'
import type { ProjectorOptions, RebuildProgress } from '@ledger/read-models'
import { rebuild } from '@ledger/read-models'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { differencesFromReplay } from '../support/differences-from-replay.ts'
import { dumpReadModel } from '../support/dump-read-model.ts'
import { defineGroups } from '../support/groups.ts'
import { historySteps } from '../support/history-steps.ts'
import type { TestLedger } from '../support/open-test-ledger.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import { playHistory } from '../support/play-history.ts'
import { acts, newPhone } from '../support/signals.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** Builds a new file from a log, as the command and the running ledger do. */
async function build(
  reader: ProjectorOptions['reader'],
  path: string,
  fence: () => Promise<Fence>,
  options: { readonly isCancelled?: () => boolean; readonly pageSizeMax?: number } = {},
) {
  const { isCancelled = () => false, pageSizeMax = 50 } = options
  const readModel = await openSqliteReadModelBuild({ path })
  onTestFinished(() => readModel.close())
  const progress: RebuildProgress[] = []
  const deps = { reader, readModel, fence, park: async () => {}, pageSizeMax, cachedRowsMax: 20 }
  const applied = await rebuild(deps, (each) => progress.push(each), isCancelled)
  const checkpoint = await readModel.checkpoint()
  await readModel.close()
  return { applied, progress, checkpoint }
}

async function openWithSome(count: number): Promise<TestLedger> {
  const ledger = await openTestLedger()
  await defineGroups(ledger.ledger.groups)
  const signals = Array.from({ length: count }, (_, nth) =>
    nth % 3 === 0 ? acts.stop(newPhone()) : acts.apiOptIn(newPhone(), 'offers'),
  )
  await Promise.all(signals.map(ledger.record))
  return ledger
}

describe('a rebuild', () => {
  test('of an empty log ends at once, up to date', async () => {
    const folder = tempFolder()
    const store = await openSqliteEventStore({ path: join(folder, 'log.db') })
    onTestFinished(() => store.close())
    const fence = async () => ({ at: 1_000, position: null })
    const built = await build(store, join(folder, 'built.db'), fence)
    expect(built).toEqual({
      applied: 0,
      progress: [
        { applied: 0, checkpoint: { position: null, asOf: 1_000, parked: 0 }, isDone: true },
      ],
      checkpoint: { position: null, asOf: 1_000, parked: 0 },
    })
  })

  test.each([11, 12, 13])(
    'is the live read model row for row after a history of its own (seed %i)',
    async (seed) => {
      const [steps = []] = fc.sample(historySteps({ maxLength: 120 }), { seed, numRuns: 1 })
      const { ledger, live, fence } = await playHistory(steps, [3, 8])
      const path = join(ledger.folder, 'built.db')
      await build(ledger.store, path, async () => fence, { pageSizeMax: 17 })
      expect(dumpReadModel(path)).toEqual(dumpReadModel(live.path))
    },
  )

  test('says how far it has come, page by page', async () => {
    const ledger = await openWithSome(200)
    const path = join(ledger.folder, 'built.db')
    const { applied, progress } = await build(ledger.store, path, ledger.ledger.fence)
    const events = (await ledger.store.readAll(null, 1_000)).length
    expect(applied).toBe(events)
    const steps = progress.map((each) => each.applied)
    expect(steps).toEqual([50, 100, 150, 200, events])
    expect(progress.map(({ isDone }) => isDone)).toEqual([false, false, false, false, true])
  })

  test('that is cancelled leaves the event loop free to say so, and another one starts anew', async () => {
    const ledger = await openWithSome(300)
    const path = join(ledger.folder, 'built.db')
    let isCancelled = false
    // As a key press is: an event of the loop, between two pages.
    setTimeout(() => {
      isCancelled = true
    }, 0)
    const options = { isCancelled: () => isCancelled, pageSizeMax: 1 }
    const cancelled = await build(ledger.store, path, ledger.ledger.fence, options)
    expect(cancelled.applied).toBeNull()
    const again = join(ledger.folder, 'again.db')
    const { checkpoint } = await build(ledger.store, again, ledger.ledger.fence)
    expect(checkpoint.position).toBe(await ledger.store.head())
  })

  test('while signals are recorded ends, and what it lacks is caught up with', async () => {
    const ledger = await openWithSome(50)
    let isWriting = true
    const writing = (async () => {
      while (isWriting) await ledger.record(acts.apiOptIn(newPhone(), 'sale'))
    })()
    const path = join(ledger.folder, 'built.db')
    const built = await build(ledger.store, path, ledger.ledger.fence, { pageSizeMax: 7 })
    isWriting = false
    await writing
    expect(built.applied).toBeGreaterThanOrEqual(50)
    const goesOn = await openTestReadModel(ledger, { name: 'built' })
    const { position } = await goesOn.catchUp()
    expect(position).toBe(await ledger.store.head())
    expect(await differencesFromReplay(goesOn.readModel, ledger.store)).toEqual([])
  })
})
