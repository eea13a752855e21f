import { formatInstant } from '@ledger/domain'
import type { Projector } from '@ledger/read-models'
import { describe, expect, test } from 'vitest'
import { defineGroups } from '../support/groups.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import { catchUp, openTestReadModel, projectorOf } from '../support/open-test-read-model.ts'
import { dumpReadModel } from '../support/dump-read-model.ts'
import { acts, newPhone } from '../support/signals.ts'

const minute = 60_000_000

async function openWithTwo() {
  const ledger = await openTestLedger()
  await defineGroups(ledger.ledger.groups)
  const one = await openTestReadModel(ledger)
  const other = projectorOf(ledger, one.readModel)
  return { ledger, one, other }
}

describe('two projectors on one read model', () => {
  test('let what runs out while both are idle take effect once', async () => {
    const { ledger, one, other } = await openWithTwo()
    const ada = newPhone()
    const validUntil = formatInstant(ledger.clock.now() + minute)
    await ledger.record(acts.apiOptIn(ada, 'offers', { validUntil }))
    // The other one applies the opt-in and keeps the row; then only the first sees it run out.
    await catchUp(other)
    ledger.clock.advance(2 * minute)
    await one.catchUp()
    await ledger.record(acts.apiOptIn(ada, 'offers'))
    await catchUp(other)
    await one.catchUp()
    const changes = await one.readModel.changes(null, 10)
    expect(changes.map(({ previousState, state }) => `${previousState} > ${state}`)).toEqual([
      'never > subscribed',
      'subscribed > expired',
      'expired > subscribed',
    ])
    const rebuilt = await openTestReadModel(ledger, { name: 'rebuilt' })
    await rebuilt.catchUp()
    expect(dumpReadModel(one.path)).toEqual(dumpReadModel(rebuilt.path))
  })

  test('at work at the same time apply every event once', async () => {
    const { ledger, one, other } = await openWithTwo()
    const theirs = await openTestReadModel(ledger, { pageSizeMax: 2 })
    const people = Array.from({ length: 8 }, newPhone)
    let isWriting = true
    const follow = async (projector: Projector): Promise<void> => {
      while (isWriting) {
        await projector.step()
        await new Promise(setImmediate)
      }
    }
    const following = [one.projector, other, theirs.projector].map(follow)
    for (let turn = 0; turn < 12; turn += 1) {
      const validUntil = formatInstant(ledger.clock.now() + 2_500)
      const say = (person: (typeof people)[number], nth: number) =>
        ledger.record(
          (turn + nth) % 4 === 0
            ? acts.stop(person)
            : acts.apiOptIn(person, 'offers', turn % 3 === 0 ? { validUntil } : {}),
        )
      await Promise.all(people.map(say))
      ledger.clock.advance(1_000)
    }
    isWriting = false
    await Promise.all(following)
    const fence = await ledger.ledger.fence()
    const end = { fence: async () => fence }
    await catchUp(projectorOf(ledger, one.readModel, end))
    const rebuilt = await openTestReadModel(ledger, { name: 'rebuilt', ...end })
    await rebuilt.catchUp()
    expect(dumpReadModel(one.path)).toEqual(dumpReadModel(rebuilt.path))
  })
})
