import { verifyAnswers } from '@ledger/audit'
import type { Finding } from '@ledger/audit'
import type { GroupId } from '@ledger/domain'
import type { ReadModel } from '@ledger/read-models'
import { expect, test } from 'vitest'
import { defineGroups } from '../support/groups.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import { acts, newPhone } from '../support/signals.ts'

/** A ledger with three people, its read model, and what a judge of its answers finds. */
async function openJudged() {
  const ledger = await openTestLedger()
  await defineGroups(ledger.ledger.groups)
  const people = [newPhone(), newPhone(), newPhone()] as const
  for (const [nth, phone] of people.entries()) {
    await ledger.record(acts.webOptIn(phone, 'offers', { externalId: `customer-${nth}` }))
    ledger.clock.advance(2_000_000)
  }
  await ledger.record(acts.stop(people[0]))
  const { readModel, catchUp } = await openTestReadModel(ledger)
  const { asOf } = await catchUp()
  const [stopped, other] = people
  const subjects = [await ledger.subjectOf(stopped), await ledger.subjectOf(other)] as const
  const judge = async (model: Pick<ReadModel, 'checkpoint' | 'snapshot'>) => {
    const found: Finding[] = []
    const todo = { reader: ledger.store, readModel: model, subjects, at: asOf }
    await verifyAnswers(todo, (finding) => void found.push(finding))
    return found
  }
  return { readModel, subjects, judge }
}

test('answers that the law bears out are found in order', async () => {
  const { readModel, judge } = await openJudged()
  expect(await judge(readModel)).toEqual([])
})

test('an answer that a projector got wrong is named, also where it gave none', async () => {
  const { readModel, subjects, judge } = await openJudged()
  const [stopped, other] = subjects
  const found = await judge({
    ...readModel,
    snapshot: async (asked) => {
      const snapshot = await readModel.snapshot(asked)
      const rows = new Map(snapshot.rows)
      const [first, second] = [rows.get(stopped), rows.get(other)]
      const given = second?.answers['offers' as GroupId]
      if (first === undefined || second === undefined || given === undefined) {
        throw new Error('expected rows of both')
      }
      rows.set(stopped, { ...first, answers: { ...first.answers, ['offers' as GroupId]: given } })
      rows.set(other, { ...second, answers: {} })
      return { ...snapshot, rows }
    },
  })
  expect(found).toEqual(
    [stopped, other].map((subject) => ({
      area: 'read model',
      where: `offers ${subject}`,
      code: 'answer-unlawful',
    })),
  )
})
