import type { GroupId } from '@ledger/domain'
import { formatInstant } from '@ledger/domain'
import { Outage } from '@ledger/ledger'
import { queryPermissions, queryStates, windowMs } from '@ledger/read-models'
import { describe, expect, test } from 'vitest'
import { fault } from '../support/faults.ts'
import { defineGroups } from '../support/groups.ts'
import type { TestLedger } from '../support/open-test-ledger.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import type { TestReadModel, TestReadModelOptions } from '../support/open-test-read-model.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import { acts, newPhone } from '../support/signals.ts'

type Key = { readonly kind: string; readonly value: string }
type Opened = TestLedger & TestReadModel

const offers = 'offers' as GroupId
const windowMicros = windowMs * 1_000

async function open(options: TestReadModelOptions = {}): Promise<Opened> {
  const ledger = await openTestLedger()
  await defineGroups(ledger.ledger.groups)
  return { ...ledger, ...(await openTestReadModel(ledger, options)) }
}

const ask = async (at: Opened, address: Key, options: object = {}) => {
  const asked = { group: offers, addresses: [address], ...options }
  const { results, look } = await queryPermissions(at.queries, asked)
  const { permitted, reason } = results[0] ?? {}
  return { permitted, reason, freshness: look.freshness }
}

describe('asOf', () => {
  test('stands still while nobody proves anything, however much time goes by', async () => {
    const at = await open()
    await at.record(acts.apiOptIn(newPhone(), 'offers'))
    const { asOf } = await at.catchUp()
    at.clock.advance(10 * windowMicros)
    expect((await at.readModel.checkpoint()).asOf).toBe(asOf)
  })

  test('moves when everything up to the head is applied, to the time before that head was read', async () => {
    const fences: number[] = []
    const ledger = await openTestLedger()
    const fence = async () => {
      const proven = await ledger.ledger.fence()
      fences.push(proven.at)
      // The longer it takes to catch up, the older the proof.
      ledger.clock.advance(1_000_000)
      return proven
    }
    await defineGroups(ledger.ledger.groups)
    for (let nth = 0; nth < 10; nth += 1) await ledger.record(acts.apiOptIn(newPhone(), 'offers'))
    const { projector } = await openTestReadModel(ledger, { fence, pageSizeMax: 3 })
    for (;;) {
      const { isCaughtUp, checkpoint } = await projector.step()
      expect(checkpoint.asOf).toBe(isCaughtUp ? fences[0] : 0)
      if (isCaughtUp) break
    }
    expect(fences).toHaveLength(1)
  })

  test('includes every event that was recorded before it', async () => {
    const at = await open({ pageSizeMax: 4 })
    for (let turn = 0; turn < 5; turn += 1) {
      for (let nth = 0; nth < 5; nth += 1) await at.record(acts.apiOptIn(newPhone(), 'offers'))
      const { asOf, position } = await at.catchUp()
      const beyond = (await at.store.readAll(position, 100)).map(({ recordedAt }) => recordedAt)
      expect(beyond.every((recordedAt) => recordedAt > asOf)).toBe(true)
    }
  })

  test('freezes while the projector cannot read, and moves again when it can', async () => {
    const reading = fault()
    const at = await open({
      wrap: ({ reader }) => ({
        reader: {
          ...reader,
          readAllClear: async (after, limit) => {
            reading.strike()
            return reader.readAllClear(after, limit)
          },
        },
      }),
    })
    const { asOf } = await at.catchUp()
    for (let nth = 0; nth < 3; nth += 1) {
      at.clock.advance(windowMicros)
      reading.arm()
      await expect(at.projector.step()).rejects.toThrow(Outage)
      expect((await at.readModel.checkpoint()).asOf).toBe(asOf)
    }
    expect((await at.catchUp()).asOf).toBeGreaterThanOrEqual(at.clock.now())
  })
})

describe('an answer', () => {
  test('says how old it is and where it stands', async () => {
    const at = await open()
    const ada = newPhone()
    const { position } = await at.record(acts.apiOptIn(ada, 'offers'))
    const { asOf } = await at.catchUp()
    at.clock.set(asOf + 1_500_000)
    const { freshness } = await ask(at, ada)
    const expected = { asOf, lagMs: 1_500, position, windowMs: 60_000, withinWindow: true }
    expect(freshness).toEqual({ ...expected, parked: 0 })
  })

  test('within the window permits, beyond it denies as stale: never a yes that may be old', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    const { asOf } = await at.catchUp()
    at.clock.set(asOf + windowMicros)
    expect(await ask(at, ada)).toMatchObject({ permitted: true, reason: 'subscribed' })
    at.clock.set(asOf + windowMicros + 1)
    expect(await ask(at, ada)).toMatchObject({
      permitted: false,
      reason: 'stale',
      freshness: { withinWindow: false, lagMs: windowMs + 1 },
    })
    const asked = { group: offers, addresses: [ada] }
    const { results, look } = await queryStates(at.queries, asked)
    expect(results[0]?.answer?.state).toBe('subscribed')
    expect(look.freshness.withinWindow).toBe(false)
  })

  test('asked strongly rests on the log itself, also while the read model stands still', async () => {
    const at = await open()
    const [ada, bob] = [newPhone(), newPhone()]
    await at.record(acts.apiOptIn(ada, 'offers'))
    await at.record(acts.apiOptIn(bob, 'offers'))
    await at.catchUp()
    at.clock.advance(10 * windowMicros)
    await at.record(acts.stop(bob))
    const strong = { consistency: 'strong' }
    expect(await ask(at, ada, strong)).toMatchObject({ permitted: true, reason: 'subscribed' })
    const denied = await ask(at, bob, strong)
    expect(denied).toMatchObject({ permitted: false, reason: 'unsubscribed' })
    expect(denied.freshness).toMatchObject({ withinWindow: true, position: await at.store.head() })
  })

  test('asked strongly counts a STOP that was recorded before the clock was set back', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    at.clock.advance(5_000_000)
    await at.record(acts.stop(ada))
    at.clock.advance(-4_000_000)
    const strong = await ask(at, ada, { consistency: 'strong' })
    expect(strong).toMatchObject({ permitted: false, reason: 'unsubscribed' })
  })

  test('of a log that is out of reach is an outage, never a yes', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    await at.catchUp()
    await at.store.close()
    await expect(ask(at, ada, { consistency: 'strong' })).rejects.toThrow(Outage)
    expect(await ask(at, ada)).toMatchObject({ permitted: true })
    await at.readModel.close()
    await expect(ask(at, ada)).rejects.toThrow(Outage)
  })
})

describe('atLeast', () => {
  test('waits until the projector has come so far', async () => {
    const at = await open()
    const ada = newPhone()
    const { position } = await at.record(acts.apiOptIn(ada, 'offers'))
    let isAnswered = false
    const asking = ask(at, ada, { atLeast: position }).finally(() => {
      isAnswered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(isAnswered).toBe(false)
    await at.catchUp()
    at.queries.visibility.advanced()
    const answer = await asking
    expect(answer).toMatchObject({ permitted: true, freshness: { position } })
  })

  test('does not wait for what is visible already', async () => {
    const at = await open()
    const ada = newPhone()
    const { position } = await at.record(acts.apiOptIn(ada, 'offers'))
    await at.catchUp()
    expect(await ask(at, ada, { atLeast: position })).toMatchObject({ permitted: true })
  })

  test('asked strongly does not wait for a projector that stands still', async () => {
    const at = await open()
    const ada = newPhone()
    const { position } = await at.record(acts.apiOptIn(ada, 'offers'))
    const strong = { atLeast: position, consistency: 'strong' }
    expect(await ask(at, ada, strong)).toMatchObject({ permitted: true })
    const never = `${at.store.logId}-9999999999999999`
    const beyond = ask(at, ada, { atLeast: never, consistency: 'strong' })
    await expect(beyond).rejects.toMatchObject({ code: 'not-yet-visible' })
  })
})

describe('as of another time', () => {
  test('an answer is what was in force then, whatever came later', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    const between = at.clock.now() + 1_000_000
    at.clock.advance(2_000_000)
    const { position } = await at.record(acts.stop(ada))
    const stateOf = async (options: object) => {
      const asked = { group: offers, addresses: [ada], ...options }
      return (await queryStates(at.queries, asked)).results[0]?.answer?.state
    }
    expect(await stateOf({ at: between })).toBe('subscribed')
    expect(await stateOf({ knownAt: between })).toBe('subscribed')
    expect(await stateOf({ knownAt: position })).toBe('unsubscribed')
    expect(await stateOf({ at: at.clock.now() + 1 })).toBe('unsubscribed')
  })

  test('an act that arrived late was in force before it was known', async () => {
    const at = await open()
    const ada = newPhone()
    const claimedAt = formatInstant(at.clock.now() - 3_600_000_000)
    const before = at.clock.now() - 1_000_000
    await at.record(acts.webOptIn(ada, 'offers', { claimedAt }))
    const stateOf = async (options: object) => {
      const asked = { group: offers, addresses: [ada], ...options }
      return (await queryStates(at.queries, asked)).results[0]?.answer?.state
    }
    expect(await stateOf({ at: before })).toBe('subscribed')
    expect(await stateOf({ at: before, knownAt: before })).toBe('never')
  })
})
