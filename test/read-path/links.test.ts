import type { GroupId } from '@ledger/domain'
import { queryStates } from '@ledger/read-models'
import { describe, expect, test } from 'vitest'
import { differencesFromReplay } from '../support/differences-from-replay.ts'
import { defineGroup, defineGroups } from '../support/groups.ts'
import type { TestLedger } from '../support/open-test-ledger.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import type { TestReadModel } from '../support/open-test-read-model.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import type { CloudEvent } from '../support/signals.ts'
import { acts, newPhone, proof } from '../support/signals.ts'

type Key = { readonly kind: string; readonly value: string }

async function open(): Promise<TestLedger & TestReadModel> {
  const ledger = await openTestLedger()
  await defineGroups(ledger.ledger.groups)
  return { ...ledger, ...(await openTestReadModel(ledger)) }
}

/** Records, lets the read model follow, and holds it to the log. */
async function happen(at: TestLedger & TestReadModel, ...events: readonly CloudEvent[]) {
  const outcomes = []
  for (const event of events) {
    outcomes.push(await at.record(event))
    at.clock.advance(1_000)
  }
  await at.catchUp()
  expect(await differencesFromReplay(at.readModel, at.store)).toEqual([])
  return outcomes
}

async function stateOf(at: TestReadModel, address: Key, group: string) {
  const { results } = await queryStates(at.queries, {
    group: group as GroupId,
    addresses: [address],
  })
  return results[0]?.answer?.state
}

const newCustomer = ({ value }: Key): Key => ({ kind: 'external-id', value: `of ${value}` })

describe('links', () => {
  test('an opt-out before the link is shared once the link is there', async () => {
    const at = await open()
    const [ada, other] = [newPhone(), newPhone()]
    await happen(at, acts.apiOptIn(ada, 'offers'), acts.stop(other))
    expect(await stateOf(at, ada, 'offers')).toBe('subscribed')
    await happen(at, acts.link(ada, { other, relation: 'same-person' }))
    expect(await stateOf(at, ada, 'offers')).toBe('unsubscribed')
  })

  test('an opt-out after the link is shared as well, and the end is the same', async () => {
    const at = await open()
    const [ada, other] = [newPhone(), newPhone()]
    const link = acts.link(ada, { other, relation: 'same-person' })
    await happen(at, acts.apiOptIn(ada, 'offers'), link)
    expect(await stateOf(at, ada, 'offers')).toBe('subscribed')
    await happen(at, acts.stop(other))
    expect(await stateOf(at, ada, 'offers')).toBe('unsubscribed')
  })

  test('an external id shares opt-ins with its address, whichever came first', async () => {
    const at = await open()
    for (const isLinkFirst of [true, false]) {
      const ada = newPhone()
      const customer = newCustomer(ada)
      const link = acts.link(ada, { externalId: customer.value })
      const optIn = acts.webOptIn(customer, 'offers')
      await happen(at, ...(isLinkFirst ? [link, optIn] : [optIn, link]))
      expect(await stateOf(at, ada, 'offers')).toBe('subscribed')
      expect(await stateOf(at, customer, 'offers')).toBe('subscribed')
    }
  })

  test('an external id is counted until it owns an address, and again when it owns none', async () => {
    const at = await open()
    const ada = newPhone()
    const customer = newCustomer(ada)
    const sizeOf = async () => {
      const flows = await at.readModel.counts('offers' as GroupId, '2020-01-01', '2030-01-01')
      const subscribed = flows.filter(({ state }) => state === 'subscribed')
      return subscribed.reduce((sum, { entered, left }) => sum + entered - left, 0)
    }
    await happen(at, acts.webOptIn(customer, 'offers'))
    expect(await sizeOf()).toBe(1)
    await happen(at, acts.link(ada, { externalId: customer.value }))
    expect(await sizeOf()).toBe(1)
    await happen(at, acts.unlink(ada, { externalId: customer.value }))
    expect(await sizeOf()).toBe(1)
  })

  test('what they share reaches groups that are defined later', async () => {
    const at = await open()
    const [ada, other] = [newPhone(), newPhone()]
    const link = acts.link(ada, { other, relation: 'same-person' })
    await happen(at, link, acts.stop(other))
    await defineGroup(at.ledger.groups, 'late')
    await happen(at)
    expect(await stateOf(at, ada, 'late')).toBe('unsubscribed')
    const members = await at.readModel.members('late' as GroupId, 'unsubscribed', null, 10)
    expect(members).toHaveLength(2)
  })

  test('taken out by a correction share nothing any more', async () => {
    const at = await open()
    const [ada, other] = [newPhone(), newPhone()]
    const link = acts.link(ada, { other, relation: 'same-person' })
    const [, , linked] = await happen(at, acts.stop(other), acts.apiOptIn(ada, 'sale'), link)
    expect(await stateOf(at, ada, 'offers')).toBe('unsubscribed')
    await happen(at, acts.correction(ada, [linked?.eventId ?? ''], { evidence: proof }))
    expect(await stateOf(at, ada, 'offers')).toBe('never')
    expect(await stateOf(at, ada, 'sale')).toBe('subscribed')
    expect(await stateOf(at, other, 'offers')).toBe('unsubscribed')
  })
})
