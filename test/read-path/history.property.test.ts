import { replay } from '@ledger/audit'
import type { GroupId, Micros } from '@ledger/domain'
import type { AsOf } from '@ledger/read-models'
import { pairAnswer, queryStates } from '@ledger/read-models'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differencesFromReplay } from '../support/differences-from-replay.ts'
import { dumpReadModel } from '../support/dump-read-model.ts'
import type { HistoryStep } from '../support/history-steps.ts'
import { historyGroups, historySteps } from '../support/history-steps.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import type { Played } from '../support/play-history.ts'
import { everyKey, playHistory } from '../support/play-history.ts'

/** A run opens a ledger of its own, half a second; hunts with more of them are started by hand. */
const numRuns = Number(process.env['HISTORY_RUNS'] ?? 8)
const timeLimitMs = Number(process.env['HISTORY_MS'] ?? 45_000)

const pageSize = fc.integer({ min: 1, max: 9 })

/** Plays random histories and holds what comes out to a law. */
function histories(name: string, law: (played: Played) => Promise<void>): void {
  const play = async (steps: readonly HistoryStep[], pageSizes: [number, number]) => {
    const played = await playHistory(steps, pageSizes)
    try {
      await law(played)
    } finally {
      await played.close()
    }
  }
  const property = fc.asyncProperty(
    historySteps({ maxLength: 60 }),
    fc.tuple(pageSize, pageSize),
    play,
  )
  const limits = { numRuns, interruptAfterTimeLimit: timeLimitMs }
  test(name, () => fc.assert(property, limits), timeLimitMs + 15_000)
}

describe('whatever happens', () => {
  histories(
    'a rebuilt read model is the live one, row for row',
    async ({ ledger, live, fence }) => {
      const rebuilt = await openTestReadModel(ledger, {
        ...{ name: 'rebuilt', pageSizeMax: 25, cachedRowsMax: 5 },
        fence: async () => fence,
      })
      await rebuilt.catchUp()
      expect(dumpReadModel(rebuilt.path)).toEqual(dumpReadModel(live.path))
      await rebuilt.readModel.close()
    },
  )

  histories('the read model says what a fold of the log says', async ({ ledger, live }) => {
    const { readModel } = live
    expect(await differencesFromReplay(readModel, ledger.store)).toEqual([])
  })

  histories('a strong read answers like the read model', async ({ live }) => {
    for (const group of historyGroups) {
      const asked = { group: group as GroupId, addresses: everyKey }
      const [weak, strong] = await Promise.all([
        queryStates(live.queries, asked),
        queryStates(live.queries, { ...asked, consistency: 'strong' }),
      ])
      expect(strong.results).toEqual(weak.results)
      expect(strong.group).toEqual(weak.group)
    }
  })

  histories(
    'an answer as of some instant, as known at another, equals a replay',
    async (played) => {
      const { ledger, live } = played
      for (const asOf of await somePlaces(played)) {
        const { rows, groups } = await replay(ledger.store, asOf)
        const subjects = await ledger.ledger.book.find(everyKey)
        for (const group of groups.values()) {
          const { results } = await queryStates(live.queries, {
            ...asOf,
            ...{ group: group.id, addresses: everyKey },
          })
          const judged = subjects.map((subject) =>
            pairAnswer(group, subject ?? ('' as never), (each) => rows.get(each), asOf.at),
          )
          expect(results.map(({ answer }) => answer)).toEqual(judged)
        }
      }
    },
  )
})

/** Instants and positions spread over a history, on both axes. */
async function somePlaces({ ledger, fence }: Played): Promise<readonly AsOf[]> {
  const events = await ledger.store.readAll(null, 10_000)
  const pick = (share: number) => events[Math.floor((events.length - 1) * share)]
  const instant = (share: number): Micros => pick(share)?.recordedAt ?? 0
  return [
    { at: instant(0.5), knownAt: fence.at },
    { at: fence.at, knownAt: instant(0.5) },
    { at: instant(0.3), knownAt: instant(0.7) },
    { at: instant(0.9), knownAt: pick(0.6)?.position ?? 0 },
  ]
}
