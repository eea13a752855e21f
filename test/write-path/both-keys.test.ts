import type { EventId } from '@ledger/domain'
import { describe, expect, test } from 'vitest'
import type { TestLedger } from '../support/open-test-ledger.ts'
import { sharedTestLedger } from '../support/open-test-ledger.ts'
import { acts, newPhone, proof } from '../support/signals.ts'
import { openedParts } from '../support/opened-parts.ts'

const shared = sharedTestLedger()

type Key = { readonly kind: string; readonly value: string }

/** A phone and an external id of one person of whom nothing is known yet. */
function newPerson() {
  const ada = newPhone()
  return { ada, customer: { kind: 'external-id', value: `customer of ${ada.value}` } }
}

const typesOf = async ({ eventsOf }: TestLedger, key: Key): Promise<readonly string[]> =>
  (await eventsOf(key)).map(({ type }) => type)

type Data = { readonly id: EventId; readonly [field: string]: unknown }

const dataOf = async ({ eventsOf }: TestLedger, key: Key, type: string) => {
  const events = (await eventsOf(key)).filter((event) => event.type === type)
  return events.map(({ id, data }): Data => ({ id, ...(data as object) }))
}

describe('a signal that carries an address and an external id', () => {
  test('is recorded under both, the copy under an id derived from its own', async () => {
    const { ada, customer } = newPerson()
    const ledger = shared()
    const signal = acts.webOptIn(ada, 'offers', { externalId: customer.value })
    const { eventId } = await ledger.record(signal)
    const [own] = await dataOf(ledger, ada, 'OptedIn')
    const [copy] = await dataOf(ledger, customer, 'OptedIn')
    const [phoneSubject, customerSubject] = [
      await ledger.subjectOf(ada),
      await ledger.subjectOf(customer),
    ]
    expect(own).toMatchObject({ id: eventId, kind: 'phone', alsoUnder: [customerSubject] })
    expect(copy).toMatchObject({
      id: ledger.ledger.keyring.derivedId(eventId as EventId, customerSubject),
      kind: 'external-id',
      copyOf: eventId,
      alsoUnder: [phoneSubject],
    })
    expect(own).not.toHaveProperty('copyOf')
    // The claim is the signal's, so only its own event counts against the vault's mark.
    expect(copy).not.toHaveProperty('claim')
  })

  test('links the two as owner, in both streams, dated like itself', async () => {
    const { ada, customer } = newPerson()
    const ledger = shared()
    await ledger.record(acts.webOptIn(ada, 'offers', { externalId: customer.value }))
    const [there] = await dataOf(ledger, ada, 'AddressLinked')
    const [back] = await dataOf(ledger, customer, 'AddressLinked')
    const [own] = await dataOf(ledger, ada, 'OptedIn')
    const dated = { effectiveAt: own?.['effectiveAt'], bound: own?.['bound'] }
    expect(there).toMatchObject({
      ...dated,
      relation: 'owner',
      other: await ledger.subjectOf(customer),
      otherKind: 'external-id',
    })
    expect(back).toMatchObject({
      ...dated,
      relation: 'owner',
      other: await ledger.subjectOf(ada),
      otherKind: 'phone',
    })
  })

  test('says the link once: the next signal with the same two keys adds none', async () => {
    const { ada, customer } = newPerson()
    const ledger = shared()
    await ledger.record(acts.webOptIn(ada, 'offers', { externalId: customer.value }))
    await ledger.record(acts.stop(ada, { externalId: customer.value }))
    expect(await typesOf(ledger, ada)).toEqual(['OptedIn', 'AddressLinked', 'OptedOut'])
    expect(await typesOf(ledger, customer)).toEqual(['OptedIn', 'AddressLinked', 'OptedOut'])
  })

  test('links anew what was unlinked in between', async () => {
    const { ada, customer } = newPerson()
    const ledger = shared()
    const both = { externalId: customer.value }
    await ledger.record(acts.webOptIn(ada, 'offers', both))
    ledger.clock.advance(1_000_000)
    await ledger.record(acts.unlink(ada, both))
    ledger.clock.advance(1_000_000)
    await ledger.record(acts.webOptIn(ada, 'sale', both))
    const expected = ['OptedIn', 'AddressLinked', 'AddressUnlinked', 'OptedIn', 'AddressLinked']
    expect(await typesOf(ledger, ada)).toEqual(expected)
    expect(await typesOf(ledger, customer)).toEqual(expected)
  })

  test('seals into each stream that stream’s own key only', async () => {
    const { ada, customer } = newPerson()
    const ledger = shared()
    await ledger.record(acts.webOptIn(ada, 'offers', { externalId: customer.value }))
    for (const [key, other] of [
      [ada, customer],
      [customer, ada],
    ] as const) {
      for (const part of await openedParts(ledger, key)) {
        expect(part).toMatchObject({ address: key.value })
        expect(JSON.stringify(part)).not.toContain(`"${other.value}"`)
      }
    }
  })
})

describe('a link', () => {
  test('is recorded in the streams of both ends, each naming the other', async () => {
    const [ada, other] = [newPhone(), newPhone()]
    const ledger = shared()
    await ledger.record(acts.link(ada, { other, relation: 'successor' }))
    const [there] = await dataOf(ledger, ada, 'AddressLinked')
    const [back] = await dataOf(ledger, other, 'AddressLinked')
    expect(there).toMatchObject({ relation: 'successor', other: await ledger.subjectOf(other) })
    expect(back).toMatchObject({
      relation: 'successor',
      other: await ledger.subjectOf(ada),
      copyOf: there?.id,
    })
  })
})

describe('a correction', () => {
  test('through either key takes out the original and its copy', async () => {
    for (const through of ['ada', 'customer'] as const) {
      const person = newPerson()
      const ledger = shared()
      const both = { externalId: person.customer.value }
      const { eventId } = await ledger.record(acts.webOptIn(person.ada, 'offers', both))
      const [named] = await dataOf(ledger, person[through], 'OptedIn')
      await ledger.record(acts.correction(person[through], [named?.id ?? '']))
      for (const key of [person.ada, person.customer]) {
        const [correction] = await dataOf(ledger, key, 'Corrected')
        expect(correction?.['voids']).toContain(eventId)
      }
    }
  })

  test('of the link that two keys in one payload made cuts both its ends, through either', async () => {
    for (const through of ['ada', 'customer'] as const) {
      const person = newPerson()
      const ledger = shared()
      const both = { externalId: person.customer.value }
      await ledger.record(acts.webOptIn(person.ada, 'offers', both))
      const [own] = await dataOf(ledger, person.ada, 'AddressLinked')
      const [named] = await dataOf(ledger, person[through], 'AddressLinked')
      const signal = acts.correction(person[through], [named?.id ?? ''], { evidence: proof })
      await ledger.record(signal)
      for (const key of [person.ada, person.customer]) {
        const [correction] = await dataOf(ledger, key, 'Corrected')
        expect(correction?.['voids']).toContain(own?.id)
      }
    }
  })

  test('of a link, proven because it may lift a shared opt-out, cuts both its ends', async () => {
    const [ada, other] = [newPhone(), newPhone()]
    const ledger = shared()
    const { eventId } = await ledger.record(acts.link(ada, { other, relation: 'same-person' }))
    const signal = acts.correction(ada, [eventId ?? ''])
    expect((await ledger.record(signal)).outcome).toBe('quarantined')
    await ledger.record(acts.correction(ada, [eventId ?? ''], { evidence: proof }))
    for (const key of [ada, other]) {
      expect(await dataOf(ledger, key, 'Corrected')).toMatchObject([{ voids: [eventId] }])
    }
  })

  test('puts its replacement into both streams, as one act', async () => {
    const { ada, customer } = newPerson()
    const ledger = shared()
    const both = { externalId: customer.value }
    const { eventId } = await ledger.record(acts.webOptIn(ada, 'offers', both))
    const scope = { group: 'sale' }
    const replacement = { action: 'opt-out', scope, actor: 'person', method: 'web-form' }
    await ledger.record(acts.correction(ada, [eventId ?? ''], { replacement, evidence: proof }))
    const [own] = await dataOf(ledger, ada, 'Corrected')
    const [copy] = await dataOf(ledger, customer, 'Corrected')
    expect(own).toMatchObject({ replacement: { type: 'OptedOut', scope: 'group:sale' } })
    expect(copy).toMatchObject({ replacement: own?.['replacement'], copyOf: own?.id })
  })

  test('towards opted-out needs no proof', async () => {
    const ada = newPhone()
    const ledger = shared()
    const { eventId } = await ledger.record(acts.webOptIn(ada, 'offers'))
    const outcome = await ledger.record(acts.correction(ada, [eventId ?? '']))
    expect(outcome.outcome).toBe('recorded')
  })

  test.each([['operator'], ['reason'], ['reference']])(
    'towards opted-in is quarantined without its %s',
    async (missing) => {
      const ada = newPhone()
      const ledger = shared()
      const { eventId } = await ledger.record(acts.stop(ada))
      const evidence = Object.fromEntries(Object.entries(proof).filter(([key]) => key !== missing))
      const outcome = await ledger.record(acts.correction(ada, [eventId ?? ''], { evidence }))
      expect(outcome).toMatchObject({
        outcome: 'quarantined',
        problem: { code: 'correction-unproven' },
      })
      expect(await typesOf(ledger, ada)).toEqual(['OptedOut', 'OptInQuarantined'])
    },
  )

  test('towards opted-in with operator, reason and reference takes the opt-out out', async () => {
    const ada = newPhone()
    const ledger = shared()
    const { eventId } = await ledger.record(acts.stop(ada))
    const signal = acts.correction(ada, [eventId ?? ''], { evidence: proof })
    expect((await ledger.record(signal)).outcome).toBe('recorded')
    expect(await dataOf(ledger, ada, 'Corrected')).toMatchObject([{ voids: [eventId] }])
  })
})
