import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dumpReadModel } from '../support/dump-read-model.ts'
import { historySteps } from '../support/history-steps.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import { playHistory } from '../support/play-history.ts'

/** A run opens a ledger of its own, half a second; hunts with more of them are started by hand. */
const numRuns = Number(process.env['HISTORY_RUNS'] ?? 8)
const timeLimitMs = Number(process.env['HISTORY_MS'] ?? 45_000)

const pageSize = fc.integer({ min: 1, max: 9 })

describe('whatever happens', () => {
  test(
    'a rebuilt read model is the live one, row for row',
    async () => {
      const property = fc.asyncProperty(
        ...[historySteps({ maxLength: 60 }), fc.tuple(pageSize, pageSize), fc.nat(40)],
        async (steps, pageSizes, rebuildPageSize) => {
          const played = await playHistory(steps, pageSizes)
          const rebuilt = await openTestReadModel(played.ledger, {
            ...{ name: 'rebuilt', pageSizeMax: rebuildPageSize + 1, cachedRowsMax: 5 },
            fence: async () => played.fence,
          })
          await rebuilt.catchUp()
          const dumps = [dumpReadModel(rebuilt.path), dumpReadModel(played.live.path)]
          await rebuilt.readModel.close()
          await played.close()
          expect(dumps[0]).toEqual(dumps[1])
        },
      )
      await fc.assert(property, { numRuns, interruptAfterTimeLimit: timeLimitMs })
    },
    timeLimitMs + 15_000,
  )
})
