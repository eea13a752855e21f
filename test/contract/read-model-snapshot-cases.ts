import type { ReadModel } from '@ledger/read-models'
import { expect, test } from 'vitest'
import {
  checkpointAt,
  groupId,
  newAnswer,
  newBatch,
  newGroup,
  newRow,
  positionOf,
  start,
} from './new-batch.ts'
import { newSubject } from './new-event.ts'
import type { MakePlace } from './place.ts'
import { useStore } from './place.ts'

type Rows = readonly (readonly [ReturnType<typeof newSubject>, ReturnType<typeof newRow>])[]

const putRows = (rows: Rows) => rows.map(([subject, row]) => ({ subject, row, dueAt: null }))

export function snapshotCases(makePlace: MakePlace<ReadModel>): void {
  const { open } = useStore(makePlace)

  test('gives back a row as it was written', async () => {
    const readModel = await open()
    const subject = newSubject()
    const answers = {
      [groupId('offers')]: newAnswer({ held: true }),
      [groupId('sale')]: newAnswer({ state: 'never', decisiveEventId: null, sendBlock: true }),
      // Names of groups that are also names of what every object has.
      [groupId('constructor')]: newAnswer({ isCounted: false }),
      [groupId('toString')]: newAnswer(),
    }
    const row = newRow({ answers, parked: [positionOf(3), positionOf(9)] })
    await readModel.apply(newBatch(start, checkpointAt(1), { subjects: putRows([[subject, row]]) }))
    expect((await readModel.snapshot([subject])).rows.get(subject)).toEqual(row)
  })

  test('a row written again replaces the one before', async () => {
    const readModel = await open()
    const subject = newSubject()
    const [first, second] = [newRow({ parked: [positionOf(1)] }), newRow()]
    const write = (row: typeof first) => ({ subjects: putRows([[subject, row]]) })
    await readModel.apply(newBatch(start, checkpointAt(1), write(first)))
    await readModel.apply(newBatch(checkpointAt(1), checkpointAt(2), write(second)))
    expect((await readModel.snapshot([subject])).rows.get(subject)).toEqual(second)
  })

  test('leaves out subjects of whom there is no row', async () => {
    const readModel = await open()
    const subject = newSubject()
    const subjects = putRows([[subject, newRow()]])
    await readModel.apply(newBatch(start, checkpointAt(1), { subjects }))
    const { rows } = await readModel.snapshot([newSubject(), subject, newSubject()])
    expect([...rows.keys()]).toEqual([subject])
    expect((await readModel.snapshot([])).rows.size).toBe(0)
  })

  test('brings along all that links reach, in any number of steps and also in circles', async () => {
    const readModel = await open()
    const [one, two, three, far, stranger] = Array.from({ length: 5 }, newSubject)
    if (!one || !two || !three || !far || !stranger) throw new Error('five subjects')
    const subjects = putRows([
      [one, newRow({}, [two])],
      [two, newRow({}, [one, three])],
      [three, newRow({}, [two, one, far])],
      [stranger, newRow({}, [one])],
    ])
    await readModel.apply(newBatch(start, checkpointAt(1), { subjects }))
    const { rows } = await readModel.snapshot([one])
    // `far` is linked and nothing is recorded about it yet.
    expect([...rows.keys()].sort()).toEqual([one, two, three].sort())
  })

  test('gives the groups as they were last written, and the checkpoint', async () => {
    const readModel = await open()
    expect((await readModel.snapshot([])).groups.size).toBe(0)
    const [offers, sale] = [newGroup('offers'), newGroup('sale')]
    await readModel.apply(newBatch(start, checkpointAt(1), { groups: [offers, sale] }))
    const first = await readModel.snapshot([])
    expect(first.groups).toEqual(
      new Map([
        [offers.id, offers],
        [sale.id, sale],
      ]),
    )
    expect(first.checkpoint).toEqual(checkpointAt(1))
    const archived = newGroup('sale', { isArchived: true })
    await readModel.apply(newBatch(checkpointAt(1), checkpointAt(2), { groups: [archived] }))
    const second = await readModel.snapshot([])
    expect(second.groups.get(sale.id)).toEqual(archived)
    expect(second.groups.get(offers.id)).toEqual(offers)
  })

  test('a snapshot that was taken does not change with what is written later', async () => {
    const readModel = await open()
    await readModel.apply(newBatch(start, checkpointAt(1), { groups: [newGroup('offers')] }))
    const before = await readModel.snapshot([])
    await readModel.apply(
      newBatch(checkpointAt(1), checkpointAt(2), { groups: [newGroup('sale')] }),
    )
    await readModel.snapshot([])
    expect([...before.groups.keys()]).toEqual(['offers'])
    expect(before.checkpoint).toEqual(checkpointAt(1))
  })
}
