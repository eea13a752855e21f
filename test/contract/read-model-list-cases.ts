import type { ScopeKey, SubjectId } from '@ledger/domain'
import type { MemberChange, MemberRow, ReadModel, ReadModelBatch } from '@ledger/read-models'
import { expect, test } from 'vitest'
import {
  checkpointAt,
  groupId,
  newBatch,
  newChange,
  newMember,
  newRow,
  positionOf,
  start,
} from './new-batch.ts'
import { newSubject } from './new-event.ts'
import type { MakePlace } from './place.ts'
import { useStore } from './place.ts'

const [offers, sale] = [groupId('offers'), groupId('sale')]

/** Applies batches one after the other, each at the next checkpoint. */
async function applyAll(readModel: ReadModel, ...all: readonly Partial<ReadModelBatch>[]) {
  for (const [index, changes] of all.entries()) {
    const expected = index === 0 ? start : checkpointAt(index)
    const batch = newBatch(expected, checkpointAt(index + 1), changes)
    if (!(await readModel.apply(batch))) throw new Error('the batch was not applied')
  }
}

const subjectsInOrder = (count: number): readonly SubjectId[] =>
  Array.from({ length: count }, newSubject).sort()

export function listCases(makePlace: MakePlace<ReadModel>): void {
  const { open } = useStore(makePlace)
  memberCases(open)
  feedCases(open)
  countCases(open)
  dueAndScopeCases(open)
}

function memberCases(open: () => Promise<ReadModel>): void {
  const put = (row: MemberRow, previousState: MemberChange['previousState']): MemberChange => {
    const { group, subject } = row
    return { group, subject, previousState, row }
  }

  test('members of one state of a group, by subject, page by page', async () => {
    const readModel = await open()
    const subjects = subjectsInOrder(5)
    const rows = subjects.map((subject) => newMember(subject))
    const elsewhere = [
      newMember(newSubject(), { group: sale }),
      newMember(newSubject(), { state: 'unsubscribed' }),
    ]
    const members = [...rows.toReversed(), ...elsewhere].map((row) => put(row, null))
    await applyAll(readModel, { members })
    const read = (after: SubjectId | null, limit: number) =>
      readModel.members(offers, 'subscribed', after, limit)
    expect(await read(null, 2)).toEqual(rows.slice(0, 2))
    expect(await read(subjects[1] ?? null, 2)).toEqual(rows.slice(2, 4))
    expect(await read(subjects[3] ?? null, 2)).toEqual(rows.slice(4))
    expect(await read(subjects[4] ?? null, 2)).toEqual([])
    expect(await readModel.members(groupId('nowhere'), 'subscribed', null, 2)).toEqual([])
  })

  test('a member that changes its state moves, and one that is removed is gone', async () => {
    const readModel = await open()
    const subject = newSubject()
    const stopped = newMember(subject, {
      ...{ state: 'unsubscribed', since: null, decisiveEventId: null },
      ...{ held: true, sendBlock: true, isCounted: false },
    })
    const gone = { group: offers, subject, previousState: 'unsubscribed', row: null } as const
    await applyAll(
      readModel,
      { members: [put(newMember(subject), null)] },
      { members: [put(stopped, 'subscribed')] },
    )
    expect(await readModel.members(offers, 'subscribed', null, 10)).toEqual([])
    expect(await readModel.members(offers, 'unsubscribed', null, 10)).toEqual([stopped])
    await readModel.apply(newBatch(checkpointAt(2), checkpointAt(3), { members: [gone] }))
    expect(await readModel.members(offers, 'unsubscribed', null, 10)).toEqual([])
  })

  test('a member that stays in its state is written over', async () => {
    const readModel = await open()
    const subject = newSubject()
    const later = newMember(subject, { since: 99 })
    const members = [put(newMember(subject), null)]
    await applyAll(readModel, { members }, { members: [put(later, 'subscribed')] })
    expect(await readModel.members(offers, 'subscribed', null, 10)).toEqual([later])
  })

  test('a subject is a member of each group by itself', async () => {
    const readModel = await open()
    const subject = newSubject()
    const [here, there] = [newMember(subject), newMember(subject, { group: sale })]
    await applyAll(
      readModel,
      { members: [put(here, null), put(there, null)] },
      { members: [{ group: offers, subject, previousState: 'subscribed', row: null }] },
    )
    expect(await readModel.members(offers, 'subscribed', null, 10)).toEqual([])
    expect(await readModel.members(sale, 'subscribed', null, 10)).toEqual([there])
  })
}

function feedCases(open: () => Promise<ReadModel>): void {
  test('changes in the order of position and sub-index, page by page', async () => {
    const readModel = await open()
    const places = [1, 2, 10].flatMap((number) => [0, 1, 2].map((sub) => [number, sub] as const))
    const changes = places.map(([number, sub]) =>
      newChange(newSubject(), { position: positionOf(number), sub }),
    )
    await applyAll(readModel, { changes: changes.toReversed() })
    expect(await readModel.changes(null, 100)).toEqual(changes)
    for (const [index, change] of changes.entries()) {
      expect(await readModel.changes(change, 2)).toEqual(changes.slice(index + 1, index + 3))
    }
  })

  test('changes after a cursor at which there is none', async () => {
    const readModel = await open()
    const changes = [1, 3].map((number) =>
      newChange(newSubject(), { position: positionOf(number), sub: 4 }),
    )
    await applyAll(readModel, { changes })
    const after = (number: number, sub: number) =>
      readModel.changes({ position: positionOf(number), sub }, 10)
    expect(await after(1, 3)).toEqual(changes)
    expect(await after(1, 5)).toEqual(changes.slice(1))
    expect(await after(2, 0)).toEqual(changes.slice(1))
    expect(await after(4, 0)).toEqual([])
  })

  test('a change is given back as it was written', async () => {
    const readModel = await open()
    const nulls = { since: null, decisiveEventId: null, authority: null }
    const flags = { held: true, sendBlock: true, previousState: 'pending', state: 'ended' } as const
    const change = newChange(newSubject(), { ...nulls, ...flags, ruleId: 'P20' })
    await applyAll(readModel, { changes: [change] })
    expect(await readModel.changes(null, 1)).toEqual([change])
  })

  test('the first free sub-index behind a position', async () => {
    const readModel = await open()
    expect(await readModel.nextSub(null)).toBe(0)
    const changes = [0, 1, 2].map((sub) => newChange(newSubject(), { sub }))
    await applyAll(readModel, { changes })
    expect(await readModel.nextSub(positionOf(1))).toBe(3)
    expect(await readModel.nextSub(positionOf(2))).toBe(0)
  })
}

function countCases(open: () => Promise<ReadModel>): void {
  const count = (day: string, entered: number, left: number, group = offers) => ({
    ...{ group, day, state: 'subscribed' as const, entered, left },
  })

  test('counts add up', async () => {
    const readModel = await open()
    const ended = { ...count('2026-05-01', 1, 0), state: 'ended' as const }
    await applyAll(
      readModel,
      { counts: [count('2026-05-01', 2, 0), ended] },
      { counts: [count('2026-05-01', 3, 4)] },
    )
    expect(await readModel.counts(offers, '2026-05-01', '2026-05-01')).toEqual([
      ended,
      count('2026-05-01', 5, 4),
    ])
  })

  test('counts of the days asked for, both included, of one group', async () => {
    const readModel = await open()
    const days = ['2026-04-30', '2026-05-01', '2026-05-02', '2026-05-03']
    const counts = days.map((day) => count(day, 1, 0))
    await applyAll(readModel, { counts: [...counts, count('2026-05-01', 7, 7, sale)] })
    expect(await readModel.counts(offers, '2026-05-01', '2026-05-02')).toEqual(counts.slice(1, 3))
    expect(await readModel.counts(offers, '2026-06-01', '2026-06-30')).toEqual([])
  })
}

function dueAndScopeCases(open: () => Promise<ReadModel>): void {
  const due = (subject: SubjectId, dueAt: number | null) => ({ subject, row: newRow(), dueAt })

  test('what is due, soonest first and then by subject, with the last instant included', async () => {
    const readModel = await open()
    const [a, b, c, d] = subjectsInOrder(4)
    if (!a || !b || !c || !d) throw new Error('four subjects')
    await applyAll(readModel, { subjects: [due(c, 20), due(b, 10), due(a, 10), due(d, null)] })
    const soon = [
      { subject: a, dueAt: 10 },
      { subject: b, dueAt: 10 },
    ]
    expect(await readModel.due(9)).toEqual([])
    expect(await readModel.due(10)).toEqual(soon)
    expect(await readModel.due(1_000)).toEqual([...soon, { subject: c, dueAt: 20 }])
  })

  test('a subject written again is due when its last row says', async () => {
    const readModel = await open()
    const [a, b] = subjectsInOrder(2)
    if (!a || !b) throw new Error('two subjects')
    await applyAll(
      readModel,
      { subjects: [due(a, 10), due(b, 10)] },
      { subjects: [due(a, null), due(b, 30)] },
    )
    expect(await readModel.due(1_000)).toEqual([{ subject: b, dueAt: 30 }])
  })

  test('subjects by any of several scopes, each once', async () => {
    const readModel = await open()
    const [a, b, c] = subjectsInOrder(3)
    if (!a || !b || !c) throw new Error('three subjects')
    const [all, brand, group] = ['all', 'brand:acme/email', 'group:late'] as ScopeKey[]
    if (!all || !brand || !group) throw new Error('three scopes')
    const scopes = [
      { scope: all, subject: a },
      { scope: brand, subject: a },
      { scope: brand, subject: b },
      { scope: group, subject: c },
    ]
    // Said again, also in another batch, a scope changes nothing.
    await applyAll(readModel, { scopes: [...scopes, ...scopes] }, { scopes })
    const found = async (...asked: ScopeKey[]) =>
      [...(await readModel.subjectsInScopes(asked))].sort()
    expect(await found(all, brand)).toEqual([a, b])
    expect(await found(group)).toEqual([c])
    expect(await found('all|any' as ScopeKey)).toEqual([])
    expect(await found()).toEqual([])
  })
}
