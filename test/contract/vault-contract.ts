import { randomBytes } from 'node:crypto'
import type { Position } from '@ledger/domain'
import type { NewSubject, Vault } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import { describe, expect, test } from 'vitest'
import { newSubject } from './new-event.ts'
import { newClaim, newPerson } from './new-person.ts'
import type { MakePlace } from './place.ts'
import { useSharedStore, useStore } from './place.ts'

const entryOf = ({ subject, kind, envelope }: NewSubject) => ({
  subject,
  kind,
  envelope: new Uint8Array(envelope),
})

const plain = <Entry extends object>(entries: readonly (Entry | null)[]) =>
  entries.map((entry) =>
    entry === null
      ? null
      : Object.fromEntries(
          Object.entries(entry).map(([name, value]) => [
            name,
            value instanceof Uint8Array ? new Uint8Array(value) : value,
          ]),
        ),
  )

/** All that the port `Vault` promises. Every adapter runs all of it. */
export function vaultContract(name: string, makePlace: MakePlace<Vault>): void {
  describe(`${name}: Vault`, () => {
    describe('claims', () => claimCases(makePlace))
    describe('subjects', () => subjectCases(useSharedStore(makePlace)))
    describe('secrets and life', () => lifeCases(makePlace))
  })
}

function claimCases(makePlace: MakePlace<Vault>): void {
  const { open } = useStore(makePlace)

  test('a claim is numbered by one more than the last', async () => {
    const vault = await open()
    expect(await vault.highWaterMark()).toBe(0)
    const person = newPerson()
    const first = await vault.claim(newClaim(person, { newSubjects: [person] }))
    expect(first).toEqual({ outcome: 'claimed', number: 1 })
    expect(await vault.highWaterMark()).toBe(1)
    expect(await vault.claim(newClaim(person))).toEqual({ outcome: 'claimed', number: 2 })
    expect(await vault.highWaterMark()).toBe(2)
  })

  test('an id claimed before is taken: its first claim is told, nothing is written', async () => {
    const vault = await open()
    const [holder, other] = [newPerson(), newPerson()]
    const first = newClaim(holder, { newSubjects: [holder] })
    await vault.claim(first)
    const second = newClaim(other, { eventId: first.eventId, newSubjects: [other] })
    const taken = await vault.claim(second)
    expect(plain([taken])).toEqual([
      {
        outcome: 'taken',
        number: 1,
        subject: holder.subject,
        digest: new Uint8Array(first.digest),
      },
    ])
    expect(await vault.findByAddress([other.addressHash])).toEqual([null])
    expect(await vault.findBySubject([other.subject])).toEqual([null])
    expect(await vault.highWaterMark()).toBe(1)
  })

  test('a claim for an address that has its subject is raced, nothing is written', async () => {
    const vault = await open()
    const [holder, bystander] = [newPerson(), newPerson()]
    await vault.claim(newClaim(holder, { newSubjects: [holder] }))
    const late = newPerson({ addressHash: holder.addressHash })
    const raced = newClaim(late, { newSubjects: [bystander, late] })
    expect(await vault.claim(raced)).toEqual({ outcome: 'raced' })
    expect(await vault.findBySubject([late.subject, bystander.subject])).toEqual([null, null])
    expect(await vault.findByAddress([bystander.addressHash])).toEqual([null])
    expect(await vault.highWaterMark()).toBe(1)
    const retried = await vault.claim({ ...raced, subject: holder.subject, newSubjects: [] })
    expect(retried).toEqual({ outcome: 'claimed', number: 2 })
  })

  test('a claim that is both taken and raced is taken: there is nothing to retry', async () => {
    const vault = await open()
    const holder = newPerson()
    const first = newClaim(holder, { newSubjects: [holder] })
    await vault.claim(first)
    const twin = newPerson({ addressHash: holder.addressHash })
    const again = await vault.claim({ ...first, subject: twin.subject, newSubjects: [twin] })
    expect(again.outcome).toBe('taken')
  })

  test('of many claims of one id at once, one is claimed and all learn its number', async () => {
    const vault = await open()
    const person = newPerson()
    await vault.claim(newClaim(person, { newSubjects: [person] }))
    const claim = newClaim(person)
    const results = await Promise.all(Array.from({ length: 30 }, () => vault.claim(claim)))
    expect(results.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1)
    expect(results.filter(({ outcome }) => outcome === 'taken')).toHaveLength(29)
    expect(new Set(results.map((result) => result.outcome !== 'raced' && result.number))).toEqual(
      new Set([2]),
    )
  })

  test('of many claims that bring a subject for one address at once, one creates it', async () => {
    const vault = await open()
    const addressHash = randomBytes(16)
    const people = Array.from({ length: 30 }, () => newPerson({ addressHash }))
    const results = await Promise.all(
      people.map((person) => vault.claim(newClaim(person, { newSubjects: [person] }))),
    )
    expect(results.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1)
    expect(results.filter(({ outcome }) => outcome === 'raced')).toHaveLength(29)
    const [entry] = await vault.findByAddress([addressHash])
    const created = await vault.findBySubject(people.map(({ subject }) => subject))
    expect(created.filter((found) => found !== null)).toEqual([entry])
  })

  test('numbers stay dense whatever becomes of the claims between them', async () => {
    const vault = await open()
    const person = newPerson()
    const taken = newClaim(person, { newSubjects: [person] })
    await vault.claim(taken)
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        if (index % 3 === 0) return vault.claim(taken)
        if (index % 3 === 1) return vault.claim(newClaim(person, { newSubjects: [person] }))
        return vault.claim(newClaim(person))
      }),
    )
    const numbers = results.flatMap((each) => (each.outcome === 'claimed' ? each.number : []))
    expect(numbers.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 2),
    )
    expect(await vault.highWaterMark()).toBe(21)
  })
}

function subjectCases(open: () => Promise<Vault>): void {
  test('a claim creates its subjects, found by address and by id', async () => {
    const vault = await open()
    const [one, two] = [newPerson(), newPerson({ kind: 'external-id' })]
    await vault.claim(newClaim(one, { newSubjects: [one, two] }))
    const expected = [entryOf(one), entryOf(two)]
    const byAddress = await vault.findByAddress([one.addressHash, two.addressHash])
    expect(plain(byAddress)).toEqual(expected)
    expect(plain(await vault.findBySubject([one.subject, two.subject]))).toEqual(expected)
  })

  test('answers in the order asked: null for nobody, twice when asked twice', async () => {
    const vault = await open()
    const [one, two] = [newPerson(), newPerson()]
    await vault.claim(newClaim(one, { newSubjects: [one, two] }))
    const hashes = [randomBytes(16), two.addressHash, one.addressHash, two.addressHash]
    const expected = [null, entryOf(two), entryOf(one), entryOf(two)]
    expect(plain(await vault.findByAddress(hashes))).toEqual(expected)
    const subjects = [newSubject(), two.subject, one.subject, two.subject]
    expect(plain(await vault.findBySubject(subjects))).toEqual(expected)
    expect(await vault.findByAddress([])).toEqual([])
    expect(await vault.findBySubject([])).toEqual([])
  })

  test('a subject is found as soon as its claim resolves', async () => {
    const vault = await open()
    await Promise.all(
      Array.from({ length: 40 }, async () => {
        const person = newPerson()
        await vault.claim(newClaim(person, { newSubjects: [person] }))
        const [found] = await vault.findByAddress([person.addressHash])
        expect(found?.subject).toBe(person.subject)
      }),
    )
  })

  test('gives back bytes of any length and value', async () => {
    const vault = await open()
    const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const person = newPerson({ envelope: everyByte })
    await vault.claim(newClaim(person, { newSubjects: [person] }))
    expect(plain(await vault.findBySubject([person.subject]))).toEqual([entryOf(person)])
  })
}

function lifeCases(makePlace: MakePlace<Vault>): void {
  const { open, reopen } = useStore(makePlace)

  test('a new vault has no secrets; they are created once', async () => {
    const vault = await open()
    expect(await vault.readSecrets()).toBeNull()
    const wrapped = randomBytes(60)
    await vault.createSecrets({ wrapped })
    await expect(vault.createSecrets({ wrapped: randomBytes(60) })).rejects.toThrow()
    const stored = await vault.readSecrets()
    expect(Buffer.from(stored?.wrapped ?? [])).toEqual(wrapped)
  })

  test('of several that create the secrets at once, one succeeds', async () => {
    const vault = await open()
    const peppers = [randomBytes(60), randomBytes(60), randomBytes(60)]
    const results = await Promise.allSettled(
      peppers.map((wrapped) => vault.createSecrets({ wrapped })),
    )
    const winner = results.findIndex(({ status }) => status === 'fulfilled')
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const stored = await vault.readSecrets()
    expect(Buffer.from(stored?.wrapped ?? [])).toEqual(peppers[winner])
  })

  test('secrets give way to others only by who has read them', async () => {
    const before = await open()
    const [first, second, third] = [randomBytes(60), randomBytes(60), randomBytes(60)]
    expect(await before.replaceSecrets({ wrapped: first }, { wrapped: second })).toBe(false)
    await before.createSecrets({ wrapped: first })
    expect(await before.replaceSecrets({ wrapped: second }, { wrapped: third })).toBe(false)
    expect(await before.replaceSecrets({ wrapped: first }, { wrapped: second })).toBe(true)
    expect(await before.replaceSecrets({ wrapped: first }, { wrapped: third })).toBe(false)
    const after = await reopen(before)
    expect(Buffer.from((await after.readSecrets())?.wrapped ?? [])).toEqual(second)
  })

  test('it remembers how far its log went, as it was told last', async () => {
    const before = await open()
    expect(await before.logPosition()).toBeNull()
    await before.noteLogPosition('0123abcd-0000000000000009' as Position)
    await before.noteLogPosition('0123abcd-0000000000000007' as Position)
    expect(await before.logPosition()).toBe('0123abcd-0000000000000007')
    const after = await reopen(before)
    expect(await after.logPosition()).toBe('0123abcd-0000000000000007')
  })

  test('a vault opened again holds everything and goes on counting', async () => {
    const before = await open()
    const wrapped = randomBytes(60)
    await before.createSecrets({ wrapped })
    const person = newPerson()
    const claim = newClaim(person, { newSubjects: [person] })
    await before.claim(claim)
    const after = await reopen(before)
    expect(Buffer.from((await after.readSecrets())?.wrapped ?? [])).toEqual(wrapped)
    expect(plain(await after.findByAddress([person.addressHash]))).toEqual([entryOf(person)])
    expect(await after.highWaterMark()).toBe(1)
    expect(await after.claim(claim)).toMatchObject({ outcome: 'taken', number: 1 })
    expect(await after.claim(newClaim(person))).toEqual({ outcome: 'claimed', number: 2 })
  })

  test('closing finishes what was asked for before', async () => {
    const vault = await open()
    const people = Array.from({ length: 30 }, () => newPerson())
    const claiming = Promise.all(
      people.map((person) => vault.claim(newClaim(person, { newSubjects: [person] }))),
    )
    const after = await reopen(vault)
    await claiming
    expect(await after.highWaterMark()).toBe(30)
  })

  test('a closed vault is out of reach, and may be closed again', async () => {
    const vault = await open()
    await vault.close()
    await vault.close()
    await expect(vault.claim(newClaim(newPerson()))).rejects.toThrow(Outage)
    await expect(vault.createSecrets({ wrapped: randomBytes(1) })).rejects.toThrow(Outage)
    await expect(vault.readSecrets()).rejects.toThrow(Outage)
    await expect(vault.findByAddress([randomBytes(16)])).rejects.toThrow(Outage)
    await expect(vault.findBySubject([newSubject()])).rejects.toThrow(Outage)
    await expect(vault.highWaterMark()).rejects.toThrow(Outage)
    await expect(vault.logPosition()).rejects.toThrow(Outage)
  })
}
