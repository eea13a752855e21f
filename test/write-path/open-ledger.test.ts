import { randomUUID } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventId, GroupId } from '@ledger/domain'
import { defaultPolicy } from '@ledger/domain'
import { LogOlderThanVault, Outage, VaultOlderThanLog, WrongMasterKey } from '@ledger/ledger'
import { describe, expect, test } from 'vitest'
import { fault } from '../support/faults.ts'
import { definitionOf, defineGroups } from '../support/groups.ts'
import type { TestLedger } from '../support/open-test-ledger.ts'
import { openTestLedger, sharedTestLedger } from '../support/open-test-ledger.ts'
import { acts, newPhone } from '../support/signals.ts'
import { tempFolder } from '../support/temp-folder.ts'

describe('a vault older than its log', () => {
  test('is noticed at start, and nothing is served', async () => {
    const before = await openTestLedger()
    await before.record(acts.stop(newPhone()))
    await before.close()
    const folder = tempFolder()
    copyFileSync(join(before.folder, 'vault.db'), join(folder, 'vault.db'))

    const meanwhile = await openTestLedger({ folder: before.folder })
    await meanwhile.record(acts.stop(newPhone()))
    await meanwhile.close()
    copyFileSync(join(before.folder, 'log.db'), join(folder, 'log.db'))
    const opening = openTestLedger({ folder })
    await expect(opening).rejects.toThrow(VaultOlderThanLog)
    await expect(opening).rejects.toThrow('the log knows claim 2, the vault only 1')
  })

  test('is noticed also when the last thousands of events carry no claim', async () => {
    const before = await openTestLedger()
    await before.record(acts.stop(newPhone()))
    const [last] = await before.store.readBackwards(null, 1)
    const renamings = Array.from({ length: 2_050 }, (_, nth) => ({
      id: randomUUID() as EventId,
      type: 'GroupDefined',
      schemaVersion: 1,
      recordedAt: (last?.recordedAt ?? 0) + 1 + nth,
      data: { group: 'offers', definition: definitionOf(`renamed ${nth}`) },
      sealed: null,
    }))
    await before.store.append('groups', renamings)
    await before.close()
    const folder = tempFolder()
    copyFileSync(join(before.folder, 'log.db'), join(folder, 'log.db'))
    await expect(openTestLedger({ folder })).rejects.toThrow(VaultOlderThanLog)
  })

  test('is not a vault that is ahead: a claim whose append never came', async () => {
    const lost = fault()
    const before = await openTestLedger({
      wrap: ({ store }) => ({
        store: {
          ...store,
          append: async (...args) => {
            lost.strike()
            return store.append(...args)
          },
        },
      }),
    })
    await before.record(acts.stop(newPhone()))
    lost.arm()
    await expect(before.record(acts.stop(newPhone()))).rejects.toThrow(Outage)
    await before.close()
    const after = await openTestLedger({ folder: before.folder })
    expect(await after.vault.highWaterMark()).toBe(2)
    expect((await after.record(acts.stop(newPhone()))).outcome).toBe('recorded')
  })
})

describe('a log older than its vault', () => {
  test('is noticed at start, and nothing is served', async () => {
    const before = await openTestLedger()
    await before.record(acts.stop(newPhone()))
    await before.close()
    const folder = tempFolder()
    copyFileSync(join(before.folder, 'log.db'), join(folder, 'log.db'))
    const meanwhile = await openTestLedger({ folder: before.folder })
    await meanwhile.record(acts.stop(newPhone()))
    await meanwhile.close()
    copyFileSync(join(before.folder, 'vault.db'), join(folder, 'vault.db'))
    const opening = openTestLedger({ folder })
    await expect(opening).rejects.toThrow(LogOlderThanVault)
    await expect(opening).rejects.toThrow(/ends at \w+-0+2, but its vault has seen it at \w+-0+3/)
  })

  test('is told to the vault not with every append, but within a second of them', async () => {
    const { vault, store, record, clock } = await openTestLedger()
    const first = await store.head()
    await record(acts.stop(newPhone()))
    await expect.poll(() => vault.logPosition()).toBe(first)
    clock.advance(1_000_000)
    await record(acts.stop(newPhone()))
    await expect.poll(() => vault.logPosition()).toBe(await store.head())
  })
})

describe('the master key', () => {
  test('of another ledger does not open the vault', async () => {
    const before = await openTestLedger()
    await before.record(acts.stop(newPhone()))
    await before.close()
    const { folder } = before
    const masterKey = new Uint8Array(32).fill(8)
    await expect(openTestLedger({ folder, masterKey })).rejects.toThrow(WrongMasterKey)
    const after = await openTestLedger({ folder })
    expect((await after.record(acts.stop(newPhone()))).outcome).toBe('recorded')
  })

  test('of another length is refused', async () => {
    const masterKey = new Uint8Array(16)
    await expect(openTestLedger({ masterKey })).rejects.toThrow(WrongMasterKey)
  })

  test('opened again finds the same people and the same events by the same ids', async () => {
    const before = await openTestLedger()
    const ada = newPhone()
    const signal = acts.stop(ada)
    const { eventId, position } = await before.record(signal)
    const subject = await before.subjectOf(ada)
    await before.close()
    const after = await openTestLedger({ folder: before.folder })
    expect(await after.subjectOf(ada)).toBe(subject)
    expect(await after.record(signal)).toEqual({ outcome: 'duplicate', eventId, position })
  })
})

describe('the policy in force', () => {
  const policiesIn = ({ store }: Pick<TestLedger, 'store'>) => store.readStream('policies')

  test('is recorded once, not at every start', async () => {
    const before = await openTestLedger()
    await before.close()
    const after = await openTestLedger({ folder: before.folder })
    expect(await policiesIn(after)).toMatchObject([
      { type: 'PolicyAdopted', data: { policy: defaultPolicy } },
    ])
  })

  test('when it is another is recorded beside the first, and named by what follows', async () => {
    const before = await openTestLedger()
    const ada = newPhone()
    await before.record(acts.stop(ada))
    await before.close()
    const policy = { ...defaultPolicy, version: 'stricter-2026.2', optOutClaimAgeMicrosMax: 1 }
    const after = await openTestLedger({ folder: before.folder, policy })
    await after.record(acts.stop(ada))
    expect(await policiesIn(after)).toHaveLength(2)
    const versions = (await after.eventsOf(ada)).map(({ data }) => data)
    expect(versions).toMatchObject([
      { policyVersion: defaultPolicy.version },
      { policyVersion: 'stricter-2026.2' },
    ])
  })

  test('never changes its figures under the same version', async () => {
    const { close, folder } = await openTestLedger()
    await close()
    const policy = { ...defaultPolicy, optOutClaimAgeMicrosMax: 1 }
    const opening = openTestLedger({ folder, policy })
    await expect(opening).rejects.toThrow('adopted before with other figures')
  })
})

describe('a fence', () => {
  const shared = sharedTestLedger()

  test('proves the log up to its instant: whatever is recorded later is stamped later', async () => {
    const { ledger, record, store } = shared()
    await record(acts.stop(newPhone()))
    const { at, position } = await ledger.fence()
    expect(position).toBe(await store.head())
    await record(acts.stop(newPhone()))
    const [last] = await store.readBackwards(null, 1)
    expect(last?.recordedAt).toBeGreaterThan(at)
    expect((await ledger.fence()).at).toBeGreaterThan(last?.recordedAt ?? Infinity)
  })

  test('includes what was handed to the log and is not yet acknowledged', async () => {
    const { ledger, store } = shared()
    const signals = Array.from({ length: 30 }, () => acts.stop(newPhone()))
    const done = Promise.all(signals.map(shared().record))
    const fences = []
    for (let turn = 0; turn < 20; turn += 1) fences.push(await ledger.fence())
    await done
    const events = await store.readAll(null, 10_000)
    for (const fence of fences) {
      const beyond = events.filter(({ position }) => position > (fence.position ?? ''))
      expect(beyond.every(({ recordedAt }) => recordedAt > fence.at)).toBe(true)
    }
  })
})

describe('groups', () => {
  const shared = sharedTestLedger()
  const offers = 'offers' as GroupId

  test('said again the same writes nothing', async () => {
    const { ledger, store } = shared()
    const head = await store.head()
    await defineGroups(ledger.groups)
    expect(await store.head()).toBe(head)
  })

  test('may change their name, never their channel, brand or purpose', async () => {
    const { ledger } = shared()
    const group = ledger.groups.get(offers)
    if (group === undefined) throw new Error('no group')
    const { id: _id, family: _family, isArchived: _isArchived, ...definition } = group
    const renamed = await ledger.groups.define(offers, { ...definition, name: 'Best offers' })
    expect(renamed).toMatchObject({ ok: true, group: { name: 'Best offers' } })
    const moved = await ledger.groups.define(offers, {
      ...definition,
      channel: 'email',
      brand: 'zenith',
      purpose: 'transactional',
    })
    const fields = ['channel', 'brand', 'purpose']
    expect(moved).toEqual({ ok: false, code: 'fixed-fields', fields })
  })

  test('archived and reopened keep their definition; one that nobody knows is neither', async () => {
    const { ledger } = shared()
    expect(await ledger.groups.archive('nowhere' as GroupId)).toEqual({
      ok: false,
      code: 'unknown-group',
    })
    expect(await ledger.groups.archive(offers)).toMatchObject({ group: { isArchived: true } })
    expect(await ledger.groups.archive(offers)).toMatchObject({ ok: true, position: null })
    expect(await ledger.groups.reopen(offers)).toMatchObject({ group: { isArchived: false } })
  })

  test('changed by two at once are changed by one after the other', async () => {
    const { ledger } = shared()
    const group = ledger.groups.get(offers)
    if (group === undefined) throw new Error('no group')
    const { id: _id, family: _family, isArchived: _isArchived, ...definition } = group
    const names = ['one', 'two', 'three', 'four']
    const changes = await Promise.all(
      names.map((name) => ledger.groups.define(offers, { ...definition, name })),
    )
    expect(changes.every(({ ok }) => ok)).toBe(true)
    const positions = changes.flatMap((change) => (change.ok ? [change.position] : []))
    expect(new Set(positions).size).toBe(4)
    expect(names).toContain(ledger.groups.get(offers)?.name)
  })

  test('are there again after a restart', async () => {
    const before = await openTestLedger()
    await defineGroups(before.ledger.groups)
    await before.ledger.groups.archive(offers)
    await before.close()
    const after = await openTestLedger({ folder: before.folder })
    expect(after.ledger.groups.list()).toEqual(before.ledger.groups.list())
  })
})
