import { randomBytes, randomUUID } from 'node:crypto'
import type { EventId, Position } from '@ledger/domain'
import type { Attempt, Decision, Desk, ParkedEvent, Review, StoredKey } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import { describe, expect, test } from 'vitest'
import { newStream, newSubject } from './new-event.ts'
import type { DeskOptions } from './desk-body-cases.ts'
import { bodyCases } from './desk-body-cases.ts'
import type { MakePlace } from './place.ts'
import { useStore } from './place.ts'

let at = 1_790_000_000_000_000

const attemptOf = (changes: Partial<Attempt> = {}): Attempt => ({
  at: (at += 1),
  subject: newSubject(),
  eventId: randomUUID() as EventId,
  outcome: 'duplicate',
  code: null,
  ...changes,
})

const reviewOf = (changes: Partial<Review> = {}): Review => ({
  id: randomUUID(),
  at: (at += 1),
  kind: 'unparsable-address',
  subject: newSubject(),
  eventId: randomUUID() as EventId,
  ...changes,
})

const stillOpen = (review: Review) => ({ ...review, decided: null })

const decisionOf = (changes: Partial<Decision> = {}): Decision => ({
  decision: 'dismissed',
  at: (at += 1),
  by: '0123456789abcdef',
  eventId: null,
  ...changes,
})

const parkedOf = (number: number, changes: Partial<ParkedEvent> = {}): ParkedEvent => ({
  position: `0badc0de-${String(number).padStart(16, '0')}` as Position,
  stream: newStream(),
  eventId: randomUUID() as EventId,
  reason: 'malformed',
  attempts: 3,
  parkedAt: (at += 1),
  ...changes,
})

const keyOf = (changes: Partial<StoredKey> = {}): StoredKey => ({
  id: randomUUID(),
  name: 'Kasse 3 – Zürich 👋',
  secretHash: randomBytes(32),
  scopes: ['intake', 'query'],
  sources: null,
  createdAt: (at += 1),
  expiresAt: null,
  revokedAt: null,
  ...changes,
})

const plain = (keys: readonly StoredKey[]) =>
  keys.map((key) => ({ ...key, secretHash: Buffer.from(key.secretHash).toString('hex') }))

/** All that the port `Desk` promises. Every adapter runs all of it. */
export function deskContract(name: string, makePlace: MakePlace<Desk, DeskOptions>): void {
  describe(`${name}: Desk`, () => {
    describe('attempts', () => attemptCases(makePlace))
    describe('bodies', () => bodyCases(makePlace))
    describe('reviews', () => reviewCases(makePlace))
    describe('parked events', () => parkedCases(makePlace))
    describe('keys', () => keyCases(makePlace))
    describe('life', () => lifeCases(makePlace))
  })
}

function attemptCases(makePlace: MakePlace<Desk, DeskOptions>): void {
  const { open } = useStore(makePlace)

  test('gives the attempts about one subject, oldest first', async () => {
    const desk = await open()
    const subject = newSubject()
    const attempts = [
      attemptOf({ subject }),
      attemptOf({ subject, outcome: 'conflict', code: 'id-conflict' }),
      attemptOf({ subject, outcome: 'invalid', code: 'unknown-group', eventId: null }),
    ]
    const others = [attemptOf(), attemptOf({ subject: null }), attemptOf()]
    await Promise.all(
      attempts
        .flatMap((attempt, index) => [attempt, others[index] ?? attempt])
        .map(desk.addAttempt),
    )
    expect(await desk.attemptsOf(subject)).toEqual(attempts)
    expect(await desk.attemptsOf(newSubject())).toEqual([])
  })

  test('keeps the same attempt as often as it was made', async () => {
    const desk = await open()
    const attempt = attemptOf()
    await desk.addAttempt(attempt)
    await desk.addAttempt(attempt)
    expect(await desk.attemptsOf(attempt.subject ?? newSubject())).toEqual([attempt, attempt])
  })

  test('keeps only the newest', async () => {
    const desk = await open({ attemptsMax: 20 })
    const subject = newSubject()
    const attempts = Array.from({ length: 55 }, () => attemptOf({ subject }))
    for (const attempt of attempts.slice(0, 30)) await desk.addAttempt(attempt)
    expect(await desk.attemptsOf(subject)).toEqual(attempts.slice(10, 30))
    await Promise.all(attempts.slice(30).map(desk.addAttempt))
    expect(await desk.attemptsOf(subject)).toEqual(attempts.slice(35))
  })
}

function reviewCases(makePlace: MakePlace<Desk, DeskOptions>): void {
  const { open } = useStore(makePlace)

  test('pages through the open reviews in the order they were added', async () => {
    const desk = await open()
    const reviews = Array.from({ length: 7 }, () => reviewOf())
    for (const review of reviews) await desk.addReview(review)
    const [, , third, , , sixth, last] = reviews.map(({ id }) => id)
    const page = (after: string | undefined) => desk.reviews(after ?? null, 3, 'open')
    expect(await page(undefined)).toEqual(reviews.slice(0, 3).map(stillOpen))
    expect(await page(third)).toEqual(reviews.slice(3, 6).map(stillOpen))
    expect(await page(sixth)).toEqual(reviews.slice(6).map(stillOpen))
    expect(await page(last)).toEqual([])
    const added = reviewOf({ kind: 'parked-event', subject: null, eventId: null })
    await desk.addReview(added)
    expect(await page(last)).toEqual([stillOpen(added)])
  })

  test('a review of the same id changes nothing', async () => {
    const desk = await open()
    const review = reviewOf()
    await desk.addReview(review)
    await desk.addReview(reviewOf())
    await desk.addReview(reviewOf({ id: review.id, kind: 'intent-suspected' }))
    const found = await desk.reviews(null, 10, 'open')
    expect(found).toHaveLength(2)
    expect(found[0]).toEqual(stillOpen(review))
  })

  test('after an id that nobody added there is nothing', async () => {
    const desk = await open()
    await desk.addReview(reviewOf())
    expect(await desk.reviews(randomUUID(), 10, 'open')).toEqual([])
    expect(await desk.review(randomUUID())).toBe(null)
  })

  test('a decided review moves to the other list and keeps what was decided', async () => {
    const desk = await open()
    const [one, two, three] = [reviewOf(), reviewOf(), reviewOf()]
    for (const review of [one, two, three]) await desk.addReview(review)
    const decided = decisionOf({ eventId: randomUUID() as EventId })
    await desk.decideReview(two.id, decided)
    expect(await desk.reviews(null, 10, 'open')).toEqual([one, three].map(stillOpen))
    // The cursor of a page may be a review that was decided meanwhile.
    expect(await desk.reviews(two.id, 10, 'open')).toEqual([stillOpen(three)])
    expect(await desk.reviews(null, 10, 'decided')).toEqual([{ ...two, decided }])
    expect(await desk.review(two.id)).toEqual({ ...two, decided })
    expect(await desk.review(one.id)).toEqual(stillOpen(one))
  })

  test('a later decision replaces the first, and adding the review again opens nothing', async () => {
    const desk = await open()
    const review = reviewOf({ kind: 'parked-event', subject: null })
    await desk.addReview(review)
    await desk.decideReview(review.id, decisionOf({ decision: 'keep-held' }))
    const later = decisionOf({ decision: 'retry', by: 'another key' })
    await desk.decideReview(review.id, later)
    await desk.addReview(review)
    expect(await desk.review(review.id)).toEqual({ ...review, decided: later })
    expect(await desk.reviews(null, 10, 'open')).toEqual([])
  })

  test('a decision of a review that nobody added is kept nowhere', async () => {
    const desk = await open()
    await desk.decideReview('nobody', decisionOf())
    expect(await desk.reviews(null, 10, 'decided')).toEqual([])
  })
}

function parkedCases(makePlace: MakePlace<Desk, DeskOptions>): void {
  const { open } = useStore(makePlace)

  test('gives the parked events in the order of the log, up to the limit', async () => {
    const desk = await open()
    const [one, two, ten] = [parkedOf(1), parkedOf(2), parkedOf(10)]
    for (const parked of [ten, one, two]) await desk.park(parked)
    expect(await desk.parked(10)).toEqual([one, two, ten])
    expect(await desk.parked(2)).toEqual([one, two])
    expect(await desk.parked(2, one.position)).toEqual([two, ten])
    expect(await desk.parked(2, ten.position)).toEqual([])
  })

  test('one that is taken off the list is gone, and the others stay', async () => {
    const desk = await open()
    const [one, two] = [parkedOf(1), parkedOf(2)]
    await desk.park(one)
    await desk.park(two)
    expect(await desk.parkedAt(one.position)).toEqual(one)
    await desk.unpark(one.position)
    await desk.unpark(one.position)
    expect(await desk.parkedAt(one.position)).toBe(null)
    expect(await desk.parked(10)).toEqual([two])
  })

  test('an event parked again is updated', async () => {
    const desk = await open()
    const parked = parkedOf(1)
    await desk.park(parked)
    const again = { ...parked, attempts: 4, reason: 'unknown-type', parkedAt: (at += 1) }
    await desk.park(again)
    expect(await desk.parked(10)).toEqual([again])
  })
}

function keyCases(makePlace: MakePlace<Desk, DeskOptions>): void {
  const { open } = useStore(makePlace)

  test('gives back the keys as they were put, in the order they were created', async () => {
    const desk = await open()
    const keys = [
      keyOf(),
      keyOf({ scopes: [], sources: ['urn:shop', 'urn:größe'] }),
      keyOf({ sources: [], expiresAt: at + 1_000, revokedAt: at + 2_000 }),
    ]
    await Promise.all(keys.toReversed().map(desk.putKey))
    expect(plain(await desk.keys())).toEqual(plain(keys))
  })

  test('a key of the same id replaces the one before', async () => {
    const desk = await open()
    const [key, other] = [keyOf(), keyOf()]
    await desk.putKey(key)
    await desk.putKey(other)
    const revoked = { ...key, name: 'revoked', revokedAt: (at += 1) }
    await desk.putKey(revoked)
    expect(plain(await desk.keys())).toEqual(plain([revoked, other]))
  })
}

function lifeCases(makePlace: MakePlace<Desk, DeskOptions>): void {
  const { open, reopen } = useStore(makePlace)

  test('a new desk is empty', async () => {
    const desk = await open()
    expect(await desk.attemptsOf(newSubject())).toEqual([])
    expect(await desk.reviews(null, 10, 'open')).toEqual([])
    expect(await desk.reviews(null, 10, 'decided')).toEqual([])
    expect(await desk.parked(10)).toEqual([])
    expect(await desk.keys()).toEqual([])
  })

  test('a desk opened again holds everything', async () => {
    const before = await open()
    const attempt = attemptOf()
    const [review, parked, key] = [reviewOf(), parkedOf(1), keyOf()]
    const writes = [before.addAttempt(attempt), before.addReview(review), before.park(parked)]
    await Promise.all([...writes, before.putKey(key)])
    const decided = decisionOf()
    await before.decideReview(review.id, decided)
    const after = await reopen(before)
    expect(await after.attemptsOf(attempt.subject ?? newSubject())).toEqual([attempt])
    expect(await after.reviews(null, 10, 'decided')).toEqual([{ ...review, decided }])
    expect(await after.parked(10)).toEqual([parked])
    expect(plain(await after.keys())).toEqual(plain([key]))
  })

  test('a closed desk is out of reach, and may be closed again', async () => {
    const desk = await open()
    await desk.close()
    await desk.close()
    await expect(desk.addAttempt(attemptOf())).rejects.toThrow(Outage)
    await expect(desk.addReview(reviewOf())).rejects.toThrow(Outage)
    await expect(desk.park(parkedOf(1))).rejects.toThrow(Outage)
    await expect(desk.putKey(keyOf())).rejects.toThrow(Outage)
    await expect(desk.attemptsOf(newSubject())).rejects.toThrow(Outage)
    await expect(desk.decideReview('any', decisionOf())).rejects.toThrow(Outage)
    await expect(desk.unpark(parkedOf(1).position)).rejects.toThrow(Outage)
    await expect(desk.review('any')).rejects.toThrow(Outage)
    await expect(desk.reviews(null, 1, 'open')).rejects.toThrow(Outage)
    await expect(desk.parkedAt(parkedOf(1).position)).rejects.toThrow(Outage)
    await expect(desk.parked(1)).rejects.toThrow(Outage)
    await expect(desk.keys()).rejects.toThrow(Outage)
  })
}
