import { subjectOfStream } from '@ledger/domain'
import { Outage } from '@ledger/ledger'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allIsWell, checkLog } from '../chaos/check-log.ts'
import { defineGroups } from '../support/groups.ts'
import type { Stores, TestLedger } from '../support/open-test-ledger.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import { seeded } from '../support/seeded.ts'
import type { CloudEvent } from '../support/signals.ts'
import { acts, phoneOf } from '../support/signals.ts'

const numRuns = Number(process.env['CONCURRENCY_RUNS'] ?? 4)

/** Stores of which every write fails now and then, before it is done or after. */
function flaky(random: () => number, share: number) {
  const isOff = { now: false }
  const doOrFail = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (!isOff.now && random() < share) throw new Outage('unavailable')
    const result = await work()
    if (!isOff.now && random() < share) throw new Outage('unavailable')
    return result
  }
  const wrap = ({ store, vault, desk }: Stores): Stores => ({
    store: { ...store, append: (...args) => doOrFail(() => store.append(...args)) },
    vault: { ...vault, claim: (claim) => doOrFail(() => vault.claim(claim)) },
    desk: {
      ...desk,
      addAttempt: (attempt) => doOrFail(() => desk.addAttempt(attempt)),
      addReview: (review) => doOrFail(() => desk.addReview(review)),
    },
  })
  return { wrap, isOff }
}

const customerOf = (nth: number): string => `customer-${nth}`

/** Signals of a few people, with either key or both, some of them for nobody who can be reached. */
function inventSignals(random: () => number, count: number, base: number): readonly CloudEvent[] {
  const below = (limit: number): number => Math.floor(random() * limit)
  return Array.from({ length: count }, () => {
    const address = phoneOf(base + below(4))
    const both = random() < 0.5 ? { externalId: customerOf(base + below(3)) } : {}
    if (random() < 0.1) return acts.stop({ kind: 'phone', value: `room ${base + below(3)}` }, both)
    if (random() < 0.2) return acts.request(address, 'offers', both)
    if (random() < 0.2) return acts.yes(address)
    return random() < 0.5 ? acts.stop(address, both) : acts.webOptIn(address, 'offers', both)
  })
}

/** Sends all of them at once, each several times, and then again what failed until nothing does. */
async function sendAll(ledger: TestLedger, signals: readonly CloudEvent[], random: () => number) {
  const acknowledged: { id: string; eventId: string; position: string }[] = []
  const send = async (signal: CloudEvent): Promise<void> => {
    const { outcome, eventId = '', position = '' } = await ledger.record(signal)
    if (outcome === 'invalid' || outcome === 'conflict') throw new Error(`${outcome}: ${signal.id}`)
    acknowledged.push({ id: signal.id, eventId, position })
  }
  const attempts = signals.flatMap((signal) => [signal, signal, signal])
  const shuffled = attempts
    .map((signal) => ({ signal, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ signal }) => signal)
  const results = await Promise.allSettled(shuffled.map(send))
  const bugs = results.flatMap((result): readonly unknown[] =>
    result.status === 'rejected' && !(result.reason instanceof Outage) ? [result.reason] : [],
  )
  return { acknowledged, bugs, send }
}

/** Streams of subjects that the vault does not know: what is said there, nobody finds. */
async function strayStreams({ store, vault }: TestLedger): Promise<readonly string[]> {
  const all = await store.readAll(null, 100_000)
  const subjects = [...new Set(all.flatMap(({ stream }) => subjectOfStream(stream) ?? []))]
  const entries = await vault.findBySubject(subjects)
  return subjects.filter((_subject, nth) => entries[nth] === null)
}

test('signals sent all at once and again, while stores fail, are each recorded once and whole', async () => {
  const hold = async (seed: number): Promise<void> => {
    const random = seeded(seed)
    const { wrap, isOff } = flaky(random, 0.03)
    isOff.now = true
    const ledger = await openTestLedger({ wrap })
    await defineGroups(ledger.ledger.groups)
    for (let round = 0; round < 3; round += 1) {
      isOff.now = false
      const signals = inventSignals(random, 25, 7_000 + 10 * round)
      const { acknowledged, bugs, send } = await sendAll(ledger, signals, random)
      expect(bugs).toEqual([])
      isOff.now = true
      for (const signal of signals) await send(signal)
      const events = await ledger.store.readAll(null, 100_000)
      expect(checkLog(acknowledged, events)).toEqual(allIsWell)
      expect(await strayStreams(ledger)).toEqual([])
      expect(await incomplete(ledger)).toEqual([])
    }
    await ledger.close()
  }
  await fc.assert(fc.asyncProperty(fc.nat(), hold), { numRuns, interruptAfterTimeLimit: 40_000 })
})

/** Events that say they stand under other subjects as well, and do not. */
async function incomplete({ store }: TestLedger): Promise<readonly string[]> {
  const all = await store.readAll(null, 100_000)
  const places = new Set(
    all.flatMap(({ stream, id, data }) => {
      const { copyOf = id } = data as { readonly copyOf?: string }
      return `${stream} ${copyOf}`
    }),
  )
  return all.flatMap(({ id, data }) => {
    const { alsoUnder = [], copyOf = id } = data as {
      readonly alsoUnder?: readonly string[]
      readonly copyOf?: string
    }
    return alsoUnder
      .filter((subject) => !places.has(`subject-${subject} ${copyOf}`))
      .map((subject) => `${id} is not under ${subject}`)
  })
}
