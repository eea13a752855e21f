import type { ScopeKey } from '@ledger/domain'
import { Outage } from '@ledger/ledger'
import type { ReadModel } from '@ledger/read-models'
import { expect, test } from 'vitest'
import {
  checkpointAt,
  groupId,
  newBatch,
  newChange,
  newGroup,
  newMember,
  newRow,
  positionOf,
  start,
} from './new-batch.ts'
import { newSubject } from './new-event.ts'
import type { MakePlace } from './place.ts'
import { useStore } from './place.ts'

export function lifeCases(makePlace: MakePlace<ReadModel>): void {
  const { open, reopen } = useStore(makePlace)

  test('a new read model stands before the first event and is empty', async () => {
    const readModel = await open()
    expect(await readModel.checkpoint()).toEqual(start)
    const { checkpoint, rows, groups } = await readModel.snapshot([newSubject()])
    expect([checkpoint, rows.size, groups.size]).toEqual([start, 0, 0])
    expect(await readModel.changes(null, 10)).toEqual([])
    expect(await readModel.members(groupId('offers'), 'subscribed', null, 10)).toEqual([])
    expect(await readModel.counts(groupId('offers'), '2000-01-01', '2100-01-01')).toEqual([])
    expect(await readModel.due(Number.MAX_SAFE_INTEGER)).toEqual([])
  })

  test('opened again holds everything', async () => {
    const before = await open()
    const subject = newSubject()
    const [row, member, change] = [newRow(), newMember(subject), newChange(subject)]
    const group = newGroup('offers')
    await before.apply(
      newBatch(start, checkpointAt(1, { parked: 1 }), {
        subjects: [{ subject, row, dueAt: 4 }],
        members: [{ group: group.id, subject, previousState: null, row: member }],
        changes: [change],
        groups: [group],
      }),
    )
    const after = await reopen(before)
    const { checkpoint, rows, groups } = await after.snapshot([subject])
    expect(checkpoint).toEqual(checkpointAt(1, { parked: 1 }))
    expect(rows.get(subject)).toEqual(row)
    expect(groups.get(group.id)).toEqual(group)
    expect(await after.members(group.id, 'subscribed', null, 10)).toEqual([member])
    expect(await after.changes(null, 10)).toEqual([change])
    expect(await after.due(4)).toEqual([{ subject, dueAt: 4 }])
    expect(await after.apply(newBatch(checkpointAt(1), checkpointAt(2)))).toBe(true)
  })

  test('opened twice, both see what either wrote, and one batch is applied once', async () => {
    const [one, two] = [await open(), await open()]
    await one.apply(newBatch(start, checkpointAt(1), { groups: [newGroup('offers')] }))
    expect(await two.checkpoint()).toEqual(checkpointAt(1))
    expect([...(await two.snapshot([])).groups.keys()]).toEqual(['offers'])
    const next = newBatch(checkpointAt(1), checkpointAt(2), { groups: [newGroup('sale')] })
    expect(await Promise.all([one.apply(next), two.apply(next)])).toEqual([true, false])
    expect([...(await one.snapshot([])).groups.keys()]).toEqual(['offers', 'sale'])
  })

  test('a closed read model is out of reach, and may be closed again', async () => {
    const readModel = await open()
    await readModel.close()
    await readModel.close()
    const uses = [
      () => readModel.apply(newBatch(start, checkpointAt(1))),
      () => readModel.checkpoint(),
      () => readModel.snapshot([]),
      () => readModel.nextSub(positionOf(1)),
      () => readModel.changes(null, 1),
      () => readModel.members(groupId('offers'), 'subscribed', null, 1),
      () => readModel.counts(groupId('offers'), '2026-01-01', '2026-01-02'),
      () => readModel.due(1),
      () => readModel.subjectsInScopes(['all' as ScopeKey]),
    ]
    for (const use of uses) await expect(use()).rejects.toThrow(Outage)
  })
}
