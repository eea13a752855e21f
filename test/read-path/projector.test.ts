import type { GroupId, Position } from '@ledger/domain'
import { formatInstant } from '@ledger/domain'
import type { ChangeRow } from '@ledger/read-models'
import { describe, expect, test } from 'vitest'
import { differencesFromReplay } from '../support/differences-from-replay.ts'
import { dumpReadModel } from '../support/dump-read-model.ts'
import { defineGroup, defineGroups } from '../support/groups.ts'
import type { TestLedger } from '../support/open-test-ledger.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import type { TestReadModel, TestReadModelOptions } from '../support/open-test-read-model.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import { acts, newPhone, phoneOf, proof } from '../support/signals.ts'

const minute = 60_000_000

async function open(options: TestReadModelOptions = {}): Promise<TestLedger & TestReadModel> {
  const ledger = await openTestLedger()
  await defineGroups(ledger.ledger.groups)
  return { ...ledger, ...(await openTestReadModel(ledger, options)) }
}

const storyOf = (changes: readonly ChangeRow[]): readonly string[] =>
  changes.map(({ group, previousState, state }) => `${group}: ${previousState} > ${state}`)

const newcomers = (changes: readonly ChangeRow[]): readonly string[] =>
  changes.map(({ position, sub }) => `${position.slice(-2)}.${sub}`)

describe('the feed', () => {
  test('one STOP changes every group that it covers, each at a sub-index of its position', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.webOptIn(ada, 'offers'))
    const { position } = await at.record(acts.stop(ada))
    await at.catchUp()
    const changes = (await at.readModel.changes(null, 100)).filter(
      (change) => change.position === position,
    )
    // By group id; the other brand, the other channels and the transactional group are not covered.
    expect(storyOf(changes)).toEqual([
      'confirmed: never > unsubscribed',
      'offers: subscribed > unsubscribed',
      'sale: never > unsubscribed',
    ])
    expect(changes.map(({ sub }) => sub)).toEqual([0, 1, 2])
  })

  test('is resumed within the changes of one event without loss or repeat', async () => {
    const at = await open()
    for (let nth = 0; nth < 3; nth += 1) await at.record(acts.stop(newPhone(), { scope: 'all' }))
    await at.catchUp()
    const all = await at.readModel.changes(null, 1_000)
    expect(all).toHaveLength(18)
    for (const limit of [1, 2, 5, 7]) {
      const read: ChangeRow[] = []
      for (let after: ChangeRow | null = null; ;) {
        const page = await at.readModel.changes(after, limit)
        if (page.length === 0) break
        read.push(...page)
        after = page.at(-1) ?? null
      }
      expect(newcomers(read)).toEqual(newcomers(all))
    }
  })

  test('adds up to the daily counts', async () => {
    const at = await open()
    const people = [1, 2, 3, 4, 5].map(() => newPhone())
    for (const [nth, person] of people.entries()) {
      await at.record(acts.apiOptIn(person, 'offers', nth === 0 ? shortly(at) : {}))
      at.clock.advance(8 * 60 * minute)
      if (nth % 2 === 1) await at.record(acts.stop(person))
    }
    at.clock.advance(24 * 60 * minute)
    await at.catchUp()
    const flows = new Map<string, number>()
    const add = (key: string): void => void flows.set(key, (flows.get(key) ?? 0) + 1)
    for (const change of await at.readModel.changes(null, 1_000)) {
      if (change.group !== 'offers') continue
      const day = formatInstant(change.at).slice(0, 10)
      if (change.previousState !== 'never') add(`${day} ${change.previousState} left`)
      add(`${day} ${change.state} entered`)
    }
    const counts = await at.readModel.counts('offers' as GroupId, '2026-01-01', '2026-12-31')
    const counted = counts.flatMap(({ day, state, entered, left }) => [
      ...(entered > 0 ? [[`${day} ${state} entered`, entered] as const] : []),
      ...(left > 0 ? [[`${day} ${state} left`, left] as const] : []),
    ])
    expect(new Map(counted)).toEqual(flows)
    expect(new Set(counts.map(({ day }) => day)).size).toBeGreaterThan(1)
  })
})

const shortly = ({ clock }: TestLedger, minutes = 1) => ({
  validUntil: formatInstant(clock.now() + minutes * minute),
})

describe('a group that is defined late', () => {
  test('finds the opt-outs that waited for it: its own, its brand’s, its family’s and all', async () => {
    const at = await open()
    const [own, brand, family, all, elsewhere] = [1, 2, 3, 4, 5].map(newPhone)
    if (!own || !brand || !family || !all || !elsewhere) throw new Error('five people')
    await at.record(acts.optOut(own, 'late'))
    await at.record(acts.stop(brand))
    await at.record(acts.stop(family, { scope: { family: 'sms' } }))
    await at.record(acts.stop(all, { scope: 'all' }))
    await at.record(acts.stop(elsewhere, { scope: { brand: 'zenith', family: 'sms' } }))
    await at.catchUp()
    await defineGroup(at.ledger.groups, 'late')
    await at.catchUp()
    const members = await at.readModel.members('late' as GroupId, 'unsubscribed', null, 100)
    const subjects = await Promise.all([own, brand, family, all].map(at.subjectOf))
    expect(members.map(({ subject }) => subject)).toEqual(subjects.toSorted())
    expect(await differencesFromReplay(at.readModel, at.store)).toEqual([])
  })

  test('is found by opt-outs of the very same page', async () => {
    const at = await open()
    await at.record(acts.optOut(newPhone(), 'late'))
    await defineGroup(at.ledger.groups, 'late')
    await at.record(acts.optOut(newPhone(), 'late'))
    await at.catchUp()
    expect(await at.readModel.members('late' as GroupId, 'unsubscribed', null, 9)).toHaveLength(2)
  })
})

describe('what runs out', () => {
  test('does so between two events, at its own time and behind the event before it', async () => {
    const at = await open()
    const ada = newPhone()
    const { position } = await at.record(acts.apiOptIn(ada, 'offers', shortly(at)))
    const due = at.clock.now() + minute
    at.clock.advance(5 * minute)
    await at.record(acts.stop(newPhone(), { scope: { group: 'sale' } }))
    await at.catchUp()
    const [granted, expired] = await at.readModel.changes(null, 10)
    expect(granted).toMatchObject({ position, sub: 0, state: 'subscribed' })
    expect(expired).toMatchObject({ position, sub: 1, state: 'expired', at: due })
  })

  test('does so while nothing is recorded', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers', shortly(at)))
    await at.catchUp()
    at.clock.advance(minute - 1_000)
    await at.catchUp()
    expect(storyOf(await at.readModel.changes(null, 10))).toEqual(['offers: never > subscribed'])
    at.clock.advance(1_000)
    await at.catchUp()
    const story = ['offers: never > subscribed', 'offers: subscribed > expired']
    expect(storyOf(await at.readModel.changes(null, 10))).toEqual(story)
    await at.catchUp()
    expect(await at.readModel.changes(null, 10)).toHaveLength(2)
  })

  test('takes a request with it', async () => {
    const at = await open()
    const expiresAt = formatInstant(at.clock.now() + minute)
    await at.record(acts.request(newPhone(), 'offers', { expiresAt }))
    await at.catchUp()
    at.clock.advance(2 * minute)
    await at.catchUp()
    expect(storyOf(await at.readModel.changes(null, 10))).toEqual([
      'offers: never > pending',
      'offers: pending > expired',
    ])
  })

  test('several times for one person, each in its turn', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'sale', shortly(at, 3)))
    await at.record(acts.apiOptIn(ada, 'offers', shortly(at, 1)))
    at.clock.advance(10 * minute)
    await at.catchUp()
    const expired = (await at.readModel.changes(null, 10)).filter(
      ({ state }) => state === 'expired',
    )
    expect(expired.map(({ group }) => group)).toEqual(['offers', 'sale'])
    expect(await at.readModel.due(Number.MAX_SAFE_INTEGER)).toEqual([])
  })

  test('reaches the kin who share it', async () => {
    const at = await open()
    const ada = newPhone()
    const more = { ...shortly(at), externalId: `of ${ada.value}` }
    await at.record(acts.webOptIn(ada, 'offers', more))
    at.clock.advance(2 * minute)
    await at.catchUp()
    expect(await at.readModel.members('offers' as GroupId, 'expired', null, 10)).toHaveLength(2)
    expect(await differencesFromReplay(at.readModel, at.store)).toEqual([])
  })

  test('does not when it was granted anew, or taken out, in time', async () => {
    const at = await open()
    const [ada, other] = [newPhone(), newPhone()]
    await at.record(acts.apiOptIn(ada, 'offers', shortly(at)))
    const { eventId } = await at.record(acts.apiOptIn(other, 'offers', shortly(at)))
    at.clock.advance(1_000)
    await at.record(acts.apiOptIn(ada, 'offers'))
    await at.record(acts.correction(other, [eventId ?? '']))
    at.clock.advance(2 * minute)
    await at.catchUp()
    const story = storyOf(await at.readModel.changes(null, 10))
    expect(story.filter((line) => line.endsWith('expired'))).toEqual([])
  })
})

describe('a correction', () => {
  test('folds its subject anew: what was void never counted', async () => {
    const at = await open()
    const ada = newPhone()
    await at.record(acts.apiOptIn(ada, 'offers'))
    at.clock.advance(1_000)
    const { eventId } = await at.record(acts.apiOptIn(ada, 'sale'))
    await at.catchUp()
    await at.record(acts.correction(ada, [eventId ?? '']))
    await at.catchUp()
    expect(storyOf(await at.readModel.changes(null, 10))).toEqual([
      'offers: never > subscribed',
      'sale: never > subscribed',
      'sale: subscribed > never',
    ])
    expect(await at.readModel.members('sale' as GroupId, 'subscribed', null, 10)).toEqual([])
    expect(await differencesFromReplay(at.readModel, at.store)).toEqual([])
  })

  test('keeps what it voids void when that is recorded only later', async () => {
    const at = await open()
    const ada = newPhone()
    const late = acts.apiOptIn(ada, 'offers')
    const id = at.ledger.keyring.eventId(late.source, late.id)
    await at.record(acts.correction(ada, [id], { evidence: proof }))
    await at.record(late)
    await at.catchUp()
    expect(await at.readModel.changes(null, 10)).toEqual([])
    expect(await differencesFromReplay(at.readModel, at.store)).toEqual([])
  })
})

describe('pages', () => {
  test('of any size, with any number of rows in memory, make the same read model', async () => {
    const at = await open()
    const people = Array.from({ length: 6 }, (_, nth) => phoneOf(8_000 + nth))
    for (let turn = 0; turn < 3; turn += 1) {
      for (const person of people) {
        await at.record(
          acts.apiOptIn(person, turn === 1 ? 'sale' : 'offers', shortly(at, turn + 1)),
        )
        at.clock.advance(minute)
      }
      await at.record(acts.link(people[turn] ?? newPhone(), { externalId: 'customer-7' }))
      await at.record(acts.stop(people[turn + 1] ?? newPhone()))
    }
    const fence = await at.ledger.fence()
    const dumps = []
    for (const [pageSizeMax, cachedRowsMax] of [
      [1, 1],
      [2, 1],
      [7, 2],
      [1_000, 1_000],
    ] as const) {
      const name = `pages-of-${pageSizeMax}`
      const options = { name, pageSizeMax, cachedRowsMax, fence: async () => fence }
      const followed = await openTestReadModel(at, options)
      await followed.catchUp()
      dumps.push(dumpReadModel(followed.path))
    }
    for (const dump of dumps) expect(dump).toEqual(dumps[0])
    expect(dumps[0]?.['changes']?.length).toBeGreaterThan(20)
  })

  test('end where the log ends: nothing of what is recorded meanwhile is skipped', async () => {
    const at = await open({ pageSizeMax: 3 })
    const recorded: (Position | undefined)[] = []
    let isWriting = true
    const writing = (async () => {
      for (let nth = 0; nth < 60; nth += 1) {
        recorded.push((await at.record(acts.optOut(newPhone(), 'offers'))).position)
      }
      isWriting = false
    })()
    while (isWriting) {
      await at.projector.step()
      await new Promise(setImmediate)
    }
    await writing
    await at.catchUp()
    const changes = await at.readModel.changes(null, 1_000)
    expect(changes.map(({ position }) => position)).toEqual(recorded)
  })
})
