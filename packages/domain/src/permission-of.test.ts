import { describe, expect, it } from 'vitest'
import { permissionOf } from './permission-of.ts'
import type { StateAnswer } from './state-of.ts'
import { stateOf, states } from './state-of.ts'
import { groups } from './testing/groups.ts'

const { offers, receipts } = groups
const answer = (rest: Partial<StateAnswer>): StateAnswer => ({ ...stateOf(offers, {}, 0), ...rest })
const subscribed = answer({ state: 'subscribed' })

describe('permissionOf', () => {
  it('permits a marketing group in one state only, and gives every other as the reason', () => {
    for (const state of states) {
      const permitted = state === 'subscribed'
      expect(permissionOf(offers, answer({ state }), false)).toEqual({ permitted, reason: state })
    }
  })

  it('permits a transactional group in every state, unless an opt-out of it stands', () => {
    for (const state of states) {
      const free = answer({ state, isOptOutStanding: false })
      const stopped = answer({ state, isOptOutStanding: true })
      expect(permissionOf(receipts, free, false).reason).toBe('transactional')
      expect(permissionOf(receipts, stopped, false)).toEqual({
        permitted: false,
        reason: 'unsubscribed',
      })
    }
  })

  it.each([
    ['held', { held: true }],
    ['blocked', { sendBlock: true }],
    ['held', { held: true, sendBlock: true }],
  ] as const)('denies as %s what the state alone would permit', (reason, flags) => {
    const both = [permissionOf(offers, { ...subscribed, ...flags }, false)]
    both.push(permissionOf(receipts, answer(flags), false))
    for (const permission of both) expect(permission).toEqual({ permitted: false, reason })
  })

  it('gives the state as the reason where both deny, for that is what the person said', () => {
    const left = answer({ state: 'unsubscribed', held: true, sendBlock: true })
    expect(permissionOf(offers, left, false).reason).toBe('unsubscribed')
  })

  it('denies whatever an archived group or a stale read model would permit', () => {
    const archived = { ...offers, isArchived: true }
    expect(permissionOf(archived, subscribed, false).reason).toBe('archived')
    expect(permissionOf(archived, subscribed, true).reason).toBe('stale')
    expect(permissionOf(receipts, answer({}), true)).toEqual({ permitted: false, reason: 'stale' })
  })
})
