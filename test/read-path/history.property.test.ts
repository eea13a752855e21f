import { replay, verifyAnswers } from '@ledger/audit'
import type { GroupId, Micros, SubjectId } from '@ledger/domain'
import type { AsOf } from '@ledger/read-models'
import { pairAnswer, queryStates } from '@ledger/read-models'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differencesFromReplay } from '../support/differences-from-replay.ts'
import { dumpReadModel } from '../support/dump-read-model.ts'
import type { HistoryStep } from '../support/history-steps.ts'
import { historyGroups, historySteps } from '../support/history-steps.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import type { Played } from '../support/play-history.ts'
import { everyKey, playHistory } from '../support/play-history.ts'

/**
 * A run opens a ledger of its own, half a second; hunts with more of them are started by hand. What
 * fails says its seed and its path, by which fast-check plays it again.
 */
const numRuns = Number(process.env['HISTORY_RUNS'] ?? 10)
const timeLimitMs = Number(process.env['HISTORY_MS'] ?? 45_000)

const pageSize = fc.integer({ min: 1, max: 9 })

type Law = (played: Played) => Promise<void>

/** A rebuilt read model is the live one, row for row. */
const rebuiltIsLive: Law = async ({ ledger, live, fence }) => {
  const options = { name: 'rebuilt', pageSizeMax: 25, cachedRowsMax: 5, fence: async () => fence }
  const rebuilt = await openTestReadModel(ledger, options)
  await rebuilt.catchUp()
  expect(dumpReadModel(rebuilt.path)).toEqual(dumpReadModel(live.path))
  await rebuilt.readModel.close()
}

/** The read model says what a fold of the log says, and its parts agree. */
const liveIsTheLog: Law = async ({ ledger, live }) => {
  expect(await differencesFromReplay(live.readModel, ledger.store)).toEqual([])
}

/** A judge who folds every subject anew has nothing to object to. */
const answersAreLawful: Law = async ({ ledger, live, fence }) => {
  const found = await ledger.ledger.book.find(everyKey)
  const subjects = found.filter((subject) => subject !== null)
  const objections: string[] = []
  await verifyAnswers(
    { reader: ledger.store, readModel: live.readModel, subjects, at: fence.at },
    ({ where }) => void objections.push(where),
  )
  expect(objections).toEqual([])
}

/** A strong read answers like the read model. */
const strongIsLive: Law = async ({ live }) => {
  for (const group of historyGroups) {
    const asked = { group: group as GroupId, addresses: everyKey }
    const [weak, strong] = await Promise.all([
      queryStates(live.queries, asked),
      queryStates(live.queries, { ...asked, consistency: 'strong' }),
    ])
    expect(strong.results).toEqual(weak.results)
    expect(strong.group).toEqual(weak.group)
  }
}

/** An answer as of some instant, as known at another, equals a replay. */
const asOfIsReplayed: Law = async (played) => {
  const { ledger, live } = played
  const subjects = await ledger.ledger.book.find(everyKey)
  for (const asOf of await somePlaces(played)) {
    const { rows, groups } = await replay(ledger.store, asOf)
    const findRow = (subject: SubjectId) => rows.get(subject)
    for (const group of groups.values()) {
      const asked = { ...asOf, group: group.id, addresses: everyKey }
      const { results } = await queryStates(live.queries, asked)
      const judged = subjects.map((subject) =>
        pairAnswer(group, subject ?? nobody, findRow, asOf.at),
      )
      expect(results.map(({ answer }) => answer)).toEqual(judged)
    }
  }
}

const laws = [rebuiltIsLive, liveIsTheLog, answersAreLawful, strongIsLive, asOfIsReplayed]

const nobody = '' as SubjectId

test(
  'whatever happens, the live read model, a rebuilt one, the log and as-of answers agree',
  async () => {
    const hold = async (steps: readonly HistoryStep[], pageSizes: [number, number]) => {
      const played = await playHistory(steps, pageSizes)
      try {
        for (const law of laws) await law(played)
      } finally {
        await played.close()
      }
    }
    const history = historySteps({ maxLength: 60 })
    const property = fc.asyncProperty(history, fc.tuple(pageSize, pageSize), hold)
    await fc.assert(property, { numRuns, interruptAfterTimeLimit: timeLimitMs })
  },
  timeLimitMs + 15_000,
)

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
