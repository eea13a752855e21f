import { describe, expect, test } from 'vitest'
import { linesOf, readingOf, requestOf, sourceOf } from '../testing/given-source.ts'

const source = sourceOf(
  'standard-webhooks',
  { secrets: ['env:SECRET'] },
  { SECRET: 'whsec_c2VjcmV0' },
)
const headers = { 'webhook-id': 'msg_1' }

const event = (action: string, more: object = {}) => ({
  specversion: '1.0',
  id: `shop-${action}`,
  source: 'urn:acme:shop',
  type: `subscription.${action}`,
  data: {
    address: { kind: 'email', value: 'Ada@Example.com' },
    scope: { group: 'news' },
    actor: 'system',
    method: 'api',
    claimedAt: '2026-11-23T11:00:00Z',
  },
  ...more,
})
const read = (body: unknown, isStale = false) => {
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  return readingOf(source, requestOf('standard-webhooks', { headers, body: sent }), { isStale })
}

describe('a webhook of a producer', () => {
  test('is a CloudEvent with the identity that the producer gave it', () => {
    const reading = read(event('opt-in'))
    expect(linesOf(reading)).toEqual([
      'opt-in group:news ada@example.com at 2026-11-23T11:00:00.000000Z',
    ])
    const [first] = reading?.signals ?? []
    expect(first).toMatchObject({ id: 'shop-opt-in', action: 'opt-in' })
    expect(first?.ok === true && first.signal.source).toBe('urn:acme:shop')
  })

  test('may be a batch, of which a bad item costs no other', () => {
    const reading = read([event('opt-in', { data: {} }), 'nonsense', event('opt-out')])
    expect(linesOf(reading)).toEqual([
      'refused opt-in invalid-signal',
      'refused unknown invalid-signal',
      'opt-out group:news ada@example.com at 2026-11-23T11:00:00.000000Z',
    ])
    expect(reading?.signals[1]?.id).toBe('msg_1:1')
  })

  test('that is old opts out, and may not opt in', () => {
    const doubts = read([event('opt-in'), event('opt-out')], true)?.signals.map(
      (each) => each.ok && each.signal.quarantine,
    )
    // The law quarantines opt-ins alone.
    expect(doubts).toEqual(['stale-signature', 'stale-signature'])
  })

  test('never becomes a metric’s label by its type', () => {
    const [first] = read(event('opt-in', { type: 'subscription.ada' }))?.signals ?? []
    expect(first?.action).toBe('unknown')
  })

  test.each(['', 'null', '5', '{'])('that holds %j is unreadable', (body) => {
    expect(read(body)).toBeNull()
  })
})
