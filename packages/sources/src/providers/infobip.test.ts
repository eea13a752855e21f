import { expect, test } from 'vitest'
import { linesOf, person, readingOf, requestOf, sender, sourceOf } from '../testing/given-source.ts'

const env = { PASSWORD: 'open sesame' }
const source = sourceOf('infobip', { basic: { user: 'infobip', password: 'env:PASSWORD' } }, env)

const result = {
  messageId: '817790313235066447',
  from: person.slice(1),
  to: sender.slice(1),
  text: 'STOP OFFERS',
  cleanText: 'OFFERS',
  keyword: 'STOP',
  receivedAt: '2026-11-23T11:59:58.000+0000',
  smsCount: 1,
  price: { pricePerMessage: 0, currency: 'EUR' },
}
const batchOf = (...results: unknown[]) =>
  JSON.stringify({ results, messageCount: results.length, pendingMessageCount: 0 })
const readingOfBatch = (...results: unknown[]) =>
  readingOf(source, requestOf('infobip', { body: batchOf(...results) }))

test('each message of a batch is read by its whole text, at the time it was received', () => {
  const reading = readingOfBatch({ ...result, text: 'Stop' }, { ...result, messageId: '2' })
  const at = 'at 2026-11-23T11:59:58.000000Z'
  expect(linesOf(reading)).toEqual([
    `opt-out brand:acme/carrier-messaging ${person} ${at}`,
    `opt-out group:offers ${person} ${at}`,
    `opt-out group:receipts ${person} ${at}`,
    `intent-suspected brand:acme/carrier-messaging ${person} ${at}`,
  ])
  expect(reading?.signals.map(({ id }) => id)).toContain('817790313235066447:opt-out:offers')
})

test('a broken element is kept for review and costs no neighbour its opt-out', () => {
  const reading = readingOfBatch({ messageId: 7 }, null, { ...result, text: 'Stop' })
  expect(reading?.hasUnreadable).toBe(true)
  expect(linesOf(reading)).toHaveLength(3)
})

test('a report of a delivery says nothing, and what is no batch is unreadable', () => {
  const report = { messageId: '1', status: { groupName: 'DELIVERED' } }
  expect(readingOfBatch(report)).toMatchObject({ signals: [], hasUnreadable: false })
  for (const body of ['{}', '[]', 'null', '', '{"results":1}']) {
    expect(readingOf(source, requestOf('infobip', { body }))).toBeNull()
  }
})

test('an opt-out of somebody with a name for a number is recorded all the same', () => {
  const reading = readingOfBatch({ ...result, from: 'ACME', text: 'Stop' })
  expect(linesOf(reading)[0]).toContain('opt-out brand:acme/carrier-messaging ACME')
})

test('a source needs a credential, because nothing is signed', () => {
  expect(() => sourceOf('infobip', {})).toThrow('does not sign')
})
