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

/** All that a reader can see of one batch that writes a row of every kind. */
async function seenOf(readModel: ReadModel, subject: Parameters<typeof newMember>[0]) {
  const offers = groupId('offers')
  const { rows, groups } = await readModel.snapshot([subject])
  return {
    rows: [...rows.keys()],
    groups: [...groups.keys()],
    members: (await readModel.members(offers, 'subscribed', null, 10)).length,
    changes: (await readModel.changes(null, 10)).length,
    counts: await readModel.counts(offers, '2026-01-01', '2026-12-31'),
    due: await readModel.due(1_000_000),
    inScopes: await readModel.subjectsInScopes([scope]),
    checkpoint: await readModel.checkpoint(),
  }
}

const scope = 'group:offers' as Parameters<ReadModel['subjectsInScopes']>[0][number]

function fullBatch(subject: ReturnType<typeof newSubject>) {
  const offers = groupId('offers')
  const day = { group: offers, day: '2026-05-01', state: 'subscribed' as const }
  return newBatch(start, checkpointAt(1), {
    subjects: [{ subject, row: newRow(), dueAt: 9 }],
    members: [{ group: offers, subject, previousState: null, row: newMember(subject) }],
    changes: [newChange(subject)],
    counts: [{ ...day, entered: 1, left: 0 }],
    scopes: [{ scope, subject }],
    groups: [newGroup('offers')],
  })
}

export function applyCases(makePlace: MakePlace<ReadModel>): void {
  const { open } = useStore(makePlace)

  test('writes the rows and the checkpoint of a batch together', async () => {
    const readModel = await open()
    const subject = newSubject()
    expect(await readModel.apply(fullBatch(subject))).toBe(true)
    expect(await seenOf(readModel, subject)).toEqual({
      rows: [subject],
      groups: ['offers'],
      members: 1,
      changes: 1,
      counts: [{ group: 'offers', day: '2026-05-01', state: 'subscribed', entered: 1, left: 0 }],
      due: [{ subject, dueAt: 9 }],
      inScopes: [subject],
      checkpoint: checkpointAt(1),
    })
  })

  test('writes nothing of a batch computed at another position', async () => {
    const readModel = await open()
    const subject = newSubject()
    const before = await seenOf(readModel, subject)
    const late = { ...fullBatch(subject), expected: checkpointAt(7) }
    expect(await readModel.apply(late)).toBe(false)
    expect(await seenOf(readModel, subject)).toEqual(before)
  })

  test('applies the same batch once', async () => {
    const readModel = await open()
    const subject = newSubject()
    await readModel.apply(fullBatch(subject))
    const before = await seenOf(readModel, subject)
    expect(await readModel.apply(fullBatch(subject))).toBe(false)
    expect(await seenOf(readModel, subject)).toEqual(before)
  })

  test('writes nothing of a batch computed before another one moved asOf at the same position', async () => {
    const readModel = await open()
    await readModel.apply(newBatch(start, checkpointAt(1)))
    const expired = newSubject()
    const idle = checkpointAt(1, { asOf: 5_000 })
    // One projector lets something expire behind the last event; another still knows it as it was.
    const change = newChange(expired, { position: positionOf(1) })
    await readModel.apply(newBatch(checkpointAt(1), idle, { changes: [change] }))
    const late = newBatch(checkpointAt(1), checkpointAt(2), { subjects: [] })
    expect(await readModel.apply(late)).toBe(false)
    expect(await readModel.checkpoint()).toEqual(idle)
  })

  test('of many batches computed at one checkpoint, applied at once, one is written', async () => {
    const readModel = await open()
    const batches = [1, 2, 3, 4, 5].map((number) => newBatch(start, checkpointAt(number)))
    const applied = await Promise.all(batches.map(readModel.apply))
    expect(applied.filter(Boolean)).toHaveLength(1)
    const { position } = await readModel.checkpoint()
    expect(position).toBe(positionOf(1 + applied.indexOf(true)))
  })

  test('writes nothing of a batch that cannot be written whole, and stays usable', async () => {
    const readModel = await open()
    const subject = newSubject()
    await readModel.apply(fullBatch(subject))
    const before = await seenOf(readModel, subject)
    const other = newSubject()
    // A place in the feed is taken once.
    const twin = { ...fullBatch(other), expected: checkpointAt(1), checkpoint: checkpointAt(2) }
    await expect(readModel.apply(twin)).rejects.toThrow()
    expect(await seenOf(readModel, subject)).toEqual(before)
    expect((await readModel.snapshot([other])).rows.size).toBe(0)
    expect(await readModel.apply(newBatch(checkpointAt(1), checkpointAt(2)))).toBe(true)
  })

  test('may move asOf and count what was parked without moving on', async () => {
    const readModel = await open()
    await readModel.apply(newBatch(start, { ...start, asOf: 3 }))
    expect(await readModel.checkpoint()).toEqual({ position: null, asOf: 3, parked: 0 })
    await readModel.apply(newBatch({ ...start, asOf: 3 }, checkpointAt(1, { parked: 2 })))
    expect(await readModel.checkpoint()).toEqual(checkpointAt(1, { parked: 2 }))
  })
}
