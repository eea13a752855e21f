import { describe, expect, it } from 'vitest'
import { acts } from './testing/acts.ts'
import { given, phone } from './testing/given.ts'
import { groups } from './testing/groups.ts'

const { offers, confirmed } = groups
const { stop, web, link, paper } = acts

const other = { kind: 'phone', value: '+15555550188' }
const customer = { externalId: 'customer-7' }
const owner = { kind: 'external-id', value: 'customer-7' }

describe('one external id that owns two phones', () => {
  const linked = [
    link('2026-03-01T10:00:00Z', { address: phone, ...customer }),
    link('2026-03-01T10:00:00Z', { address: other, ...customer }),
  ]

  it('a yes given for one phone is no yes for the other, though both keys were sent', () => {
    const then = given(
      ...linked,
      web('2026-04-01T10:00:00Z', 'offers', { address: phone, ...customer }),
    )
    expect(then.state(offers, { of: phone })).toBe('subscribed')
    expect(then.state(offers, { of: other })).toBe('never')
    expect(then.state(offers, { of: owner })).toBe('never')
  })

  it('an opt-in of one phone does not lift the STOP of the other', () => {
    const then = given(
      ...linked,
      web('2026-04-01T10:00:00Z', 'offers', { address: phone }),
      stop('2026-05-01T10:00:00Z', { address: phone }),
      web('2026-06-01T10:00:00Z', 'offers', { address: other, ...customer }),
    )
    expect(then.state(offers, { of: phone })).toBe('unsubscribed')
    expect(then.state(offers, { of: other })).toBe('subscribed')
    expect(then.state(offers, { of: owner })).toBe('unsubscribed')
  })

  it('an opt-out sent with both keys holds for both phones', () => {
    const then = given(
      ...linked,
      web('2026-04-01T10:00:00Z', 'offers', { address: other }),
      stop('2026-05-01T10:00:00Z', { address: phone, ...customer }),
    )
    expect(then.state(offers, { of: other })).toBe('unsubscribed')
  })

  it('an opt-in of the external id itself holds for what it owns', () => {
    const own = { address: undefined, ...customer }
    const then = given(...linked, web('2026-04-01T10:00:00Z', 'offers', own))
    expect(then.state(offers, { of: phone })).toBe('subscribed')
  })
})

it('a device whose sending time was stamped when the item was queued lifts no newer STOP', () => {
  const queued = '2026-04-20T10:00:00Z'
  const then = given(
    stop('2026-04-25T10:00:00Z'),
    paper(queued, 'offers', {
      ...{ method: 'tablet', clock: 'device', sentAt: queued },
      recordedAt: '2026-04-30T10:00:00Z',
    }),
  )
  expect(then.state(offers, { at: '2026-05-01T00:00:00Z' })).toBe('unsubscribed')
})

it.each([
  ['person', 'api'],
  ['person', 'verbal'],
  ['staff', 'verbal'],
])('a double opt-in group waits for the person after an opt-in by %s, %s', (actor, method) => {
  const said = web('2026-05-01T10:00:00Z', 'confirmed', { actor, method, evidence: {} })
  expect(given(said).state(confirmed, { at: '2026-05-02T00:00:00Z' })).toBe('pending')
})
