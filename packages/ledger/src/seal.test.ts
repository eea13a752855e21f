import { randomBytes } from 'node:crypto'
import type { EventId } from '@ledger/domain'
import { describe, expect, test } from 'vitest'
import { lengthPrefixed, open, seal } from './seal.ts'
import { openEvent, sealEvent } from './seal-event.ts'

const key = randomBytes(32)
const plain = Buffer.from('Ada, +12025550143')

describe('a seal', () => {
  test('opens with its key and its associated data, and gives back every byte', () => {
    expect(open(key, seal(key, plain, 'here'), 'here')).toEqual(plain)
    expect(open(key, seal(key, Buffer.alloc(0), 'here'), 'here')).toEqual(Buffer.alloc(0))
  })

  test('opens neither with another key nor in another place', () => {
    const sealed = seal(key, plain, 'here')
    expect(open(randomBytes(32), sealed, 'here')).toBeNull()
    expect(open(key, sealed, 'there')).toBeNull()
  })

  test('does not open when any bit of it was changed, or an end cut off', () => {
    const sealed = seal(key, plain, 'here')
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(open(key, changed, 'here')).toBeNull()
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(open(key, sealed.subarray(0, length), 'here')).toBeNull()
    }
  })

  test('never uses a nonce twice, also beyond one pool of random bytes', () => {
    const nonces = Array.from({ length: 2_000 }, () =>
      seal(key, plain, '').subarray(0, 12).toString('hex'),
    )
    expect(new Set(nonces).size).toBe(2_000)
  })
})

describe('parts that are joined', () => {
  test('join to the same text only when they are the same parts', () => {
    const lists = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc'], ['1:a', 'bc'], []]
    expect(new Set(lists.map(lengthPrefixed)).size).toBe(lists.length)
  })

  test('are measured in bytes', () => {
    expect(lengthPrefixed(['Zürich'])).toBe('7:Zürich')
  })
})

describe('the personal part of an event', () => {
  const place = {
    stream: 'subject-1',
    id: '00000000-0000-8000-8000-000000000001' as EventId,
    type: 'OptedIn',
    schemaVersion: 1,
  }
  const personal = { address: '+12025550143', evidence: { messageId: 'Zürich 👋' } }

  test('opens where it was sealed', () => {
    expect(openEvent(key, place, sealEvent(key, place, personal))).toEqual(personal)
  })

  test('stays shut when it was moved, relabelled or given another version', () => {
    const sealed = sealEvent(key, place, personal)
    const elsewhere = [
      { ...place, stream: 'subject-2' },
      { ...place, id: '00000000-0000-8000-8000-000000000002' as EventId },
      { ...place, type: 'OptedOut' },
      { ...place, schemaVersion: 2 },
    ]
    for (const other of elsewhere) expect(openEvent(key, other, sealed)).toBeNull()
  })
})
