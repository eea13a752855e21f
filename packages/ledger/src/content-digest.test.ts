import { parseSignal } from '@ledger/domain'
import type { Signal } from '@ledger/domain'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, contentDigest } from './content-digest.ts'

const key = new Uint8Array(32).fill(5)

const data = {
  address: { kind: 'email', value: 'ada@example.org' },
  scope: { group: 'offers' },
  actor: 'person',
  method: 'web-form',
  claimedAt: '2026-05-01T10:00:00Z',
  evidence: { formUrl: 'https://acme.example', disclosure: 'Yes', nested: { b: [1, 2], a: null } },
}

function signalOf(changes: object, envelope: object = {}): Signal {
  const event = { specversion: '1.0', id: 'a', source: 'urn:a', type: 'subscription.opt-in' }
  const parsed = parseSignal({ ...event, ...envelope, data: { ...data, ...changes } })
  if (!parsed.ok) throw new Error(parsed.problem.field)
  return parsed.signal
}

const digestOf = (changes: object = {}, envelope: object = {}): string =>
  contentDigest(key, signalOf(changes, envelope)).toString('hex')

test('a digest says nothing of transport: id, source, the sender’s clock, the spelling of an address', () => {
  const first = digestOf()
  expect(digestOf({}, { id: 'b', source: 'urn:b' })).toBe(first)
  expect(digestOf({ sentAt: '2026-05-01T11:00:00Z' })).toBe(first)
  expect(digestOf({ address: { kind: 'email', value: ' ADA@example.org' } })).toBe(first)
  expect(digestOf({ claimedAt: '2026-05-01T12:00:00+02:00' })).toBe(first)
  const { evidence } = data
  const turned = { nested: { a: null, b: [1, 2] }, disclosure: 'Yes', formUrl: evidence.formUrl }
  expect(digestOf({ evidence: turned })).toBe(first)
})

test('every field that is said makes another digest', () => {
  const others = [
    { address: { kind: 'email', value: 'bob@example.org' } },
    { externalId: 'customer-1' },
    { scope: { group: 'sale' } },
    { actor: 'system' },
    { method: 'api' },
    { clock: 'device' },
    { claimedAt: '2026-05-01T10:00:01Z' },
    { validUntil: '2027-05-01T10:00:01Z' },
    { evidence: { ...data.evidence, disclosure: 'No' } },
    { evidence: { ...data.evidence, nested: { b: [2, 1], a: null } } },
    { evidence: {} },
  ]
  const optOut = digestOf({}, { type: 'subscription.opt-out' })
  const digests = [digestOf(), optOut, ...others.map((changes) => digestOf(changes))]
  expect(new Set(digests).size).toBe(digests.length)
})

test('it is of no use without the subject’s key', () => {
  const other = contentDigest(new Uint8Array(32).fill(6), signalOf({})).toString('hex')
  expect(other).not.toBe(digestOf())
})

test('canonical JSON is the same for equal contents, and JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonicalJson(turned(value))).toBe(text)
    }),
  )
})

/** The same with the members of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, turned(member)] as const)
  return Object.fromEntries(members.reverse())
}
