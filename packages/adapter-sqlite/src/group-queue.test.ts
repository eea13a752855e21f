import { EventEmitter } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Outage } from '@ledger/ledger'
import { expect, test } from 'vitest'
import type { Thread } from './group-queue.ts'
import { groupLengthMax, groupQueue, queueLengthMax } from './group-queue.ts'
import type { GroupAnswer } from './write-group.ts'

/** A thread that answers when the test says so. */
class FakeThread extends EventEmitter implements Thread {
  readonly groups: unknown[] = []

  postMessage(message: unknown): void {
    this.groups.push(message)
    if (message === null) this.emit('exit', 0)
  }

  answer(answer: GroupAnswer<unknown>): void {
    this.emit('message', answer)
  }
}

function given() {
  const thread = new FakeThread()
  const written: unknown[] = []
  const queue = groupQueue(thread, (replies) => written.push(replies))
  const send = (request: unknown): Promise<unknown> => {
    const refusal = queue.refusal()
    if (refusal !== null) return Promise.reject(refusal)
    return new Promise((resolve, reject) => queue.add({ request, resolve, reject }))
  }
  const codeOf = (sent: Promise<unknown>): Promise<unknown> =>
    sent.then(
      () => 'resolved',
      (error: unknown) => (error instanceof Outage ? error.code : error),
    )
  return { thread, written, queue, send, codeOf }
}

const done = (...replies: unknown[]): GroupAnswer<unknown> => ({ ok: true, replies, refusals: [] })
const failed = (errorCode: number | null): GroupAnswer<unknown> => ({
  ok: false,
  errorCode,
  message: 'as the test says',
})

test('requests of one turn of the event loop travel together', async () => {
  const { thread, send, written } = given()
  const sent = Promise.all([send('a'), send('b')])
  expect(thread.groups).toEqual([])
  await nextTurn()
  expect(thread.groups).toEqual([['a', 'b']])
  thread.answer(done(1, 2))
  expect(await sent).toEqual([1, 2])
  expect(written).toEqual([[1, 2]])
})

test('requests that come while the thread is busy go together when it answers', async () => {
  const { thread, send } = given()
  const first = send('a')
  await nextTurn()
  const rest = [send('b'), send('c')]
  await nextTurn()
  expect(thread.groups).toEqual([['a']])
  thread.answer(done(1))
  expect(thread.groups).toEqual([['a'], ['b', 'c']])
  thread.answer(done(2, 3))
  expect(await Promise.all([first, ...rest])).toEqual([1, 2, 3])
})

test('a group has a bound', async () => {
  const { thread, send } = given()
  const sent = Array.from({ length: groupLengthMax + 3 }, (_, index) => send(index))
  await nextTurn()
  expect(thread.groups).toMatchObject([{ length: groupLengthMax }])
  thread.answer(done(...Array.from({ length: groupLengthMax }, () => null)))
  expect(thread.groups).toMatchObject([{ length: groupLengthMax }, { length: 3 }])
  thread.answer(done(null, null, null))
  await Promise.all(sent)
})

test('a request beyond the bound of the queue is turned away, and the others are not', async () => {
  const { thread, send, codeOf } = given()
  const sent = Array.from({ length: queueLengthMax }, (_, index) => codeOf(send(index)))
  expect(await codeOf(send('one too many'))).toBe('overloaded')
  await nextTurn()
  thread.answer(done(...Array.from({ length: groupLengthMax }, () => null)))
  expect(await sent[0]).toBe('resolved')
  const later = codeOf(send('room again'))
  thread.emit('exit', 1)
  expect(await later).toBe('write-stopped')
})

test('a request that was refused fails alone', async () => {
  const { thread, send } = given()
  const [good, bad] = [send('good'), send('bad')]
  await nextTurn()
  thread.answer({ ok: true, replies: [1, null], refusals: [[1, 'expected better']] })
  expect(await good).toBe(1)
  await expect(bad).rejects.toThrow('expected better')
  await expect(bad).rejects.not.toThrow(Outage)
})

test.for([
  ['a full disk', 13],
  ['a busy file', 5],
] as const)('%s fails its group, and later groups may work', async ([_, code]) => {
  const { thread, send, codeOf, written } = given()
  const sent = [codeOf(send('a')), codeOf(send('b'))]
  await nextTurn()
  const next = codeOf(send('c'))
  thread.answer(failed(code))
  expect(await Promise.all(sent)).toEqual(['unavailable', 'unavailable'])
  thread.answer(done(null))
  expect(await next).toBe('resolved')
  expect(written).toEqual([[null]])
})

test.for([
  ['an IO error', 10],
  ['a failed fsync', 1034],
  ['a corrupt file', 11],
  ['a failure nobody knows', null],
] as const)('after %s nothing is written any more', async ([_, code]) => {
  const { thread, send, codeOf } = given()
  const sent = codeOf(send('a'))
  await nextTurn()
  const waiting = codeOf(send('b'))
  thread.answer(failed(code))
  expect(await sent).toBe('write-stopped')
  expect(await waiting).toBe('write-stopped')
  expect(await codeOf(send('c'))).toBe('write-stopped')
  await nextTurn()
  expect(thread.groups).toEqual([['a']])
})

test('a thread that ends takes everybody who waits with it', async () => {
  const { thread, send, codeOf, queue } = given()
  const sent = codeOf(send('a'))
  await nextTurn()
  thread.emit('error', new Error('it broke'))
  thread.emit('exit', 1)
  expect(await sent).toBe('write-stopped')
  expect(await codeOf(send('b'))).toBe('write-stopped')
  await queue.close(async () => undefined)
})

test('a closed queue takes nothing more and ends its thread once all are told', async () => {
  const { thread, send, codeOf, queue } = given()
  const sent = send('a')
  const closing = queue.close(async () => void (await sent))
  expect(await codeOf(send('b'))).toBe('unavailable')
  await nextTurn()
  expect(thread.groups).toEqual([['a']])
  thread.answer(done('written'))
  expect(await sent).toBe('written')
  await closing
  expect(thread.groups).toEqual([['a'], null])
})
