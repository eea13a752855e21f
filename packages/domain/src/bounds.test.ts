import { describe, expect, it } from 'vitest'
import type { Claim } from './bounds.ts'
import { earliestMoment, effectiveAt, latestMoment } from './bounds.ts'
import { instantMin, microsPerDay, microsPerHour, parseInstant } from './instant.ts'
import { defaultPolicy } from './policy.ts'

const on = (text: string): number => parseInstant(`2026-05-01T${text}Z`) ?? NaN
const recordedAt = on('17:42:00')
const claim = (rest: Partial<Claim>): Claim => ({ clock: 'server', recordedAt, ...rest })
const minute = microsPerHour / 60

describe('a clock of ours that may be ahead by an hour', () => {
  const doubted = { clockDoubtMicros: microsPerHour }

  it('dates an opt-in without a time of its own an hour earlier', () => {
    expect(earliestMoment(claim(doubted), defaultPolicy)).toBe(recordedAt - microsPerHour)
    const slow = claim({ ...doubted, deliveryDelayMicrosMax: minute })
    expect(earliestMoment(slow, defaultPolicy)).toBe(recordedAt - microsPerHour - minute)
  })

  it('believes an opt-in that brings its time, and an opt-out in any case', () => {
    const timed = claim({ ...doubted, claimedAt: on('17:41:00') })
    expect(earliestMoment(timed, defaultPolicy)).toBe(on('17:41:00'))
    expect(latestMoment(claim(doubted), defaultPolicy)).toBe(recordedAt)
  })
})

describe('effectiveAt', () => {
  it('corrects a device by its own skew: 09:00 claimed, 17:30 sent, 17:42 received is 09:12', () => {
    const threeStamps = { claimedAt: on('09:00:00'), sentAt: on('17:30:00') }
    expect(effectiveAt(claim({ clock: 'device', ...threeStamps }))).toBe(on('09:12:00'))
  })

  it.each<[string, Partial<Claim>, number]>([
    ['takes the claimed time of a server', { claimedAt: on('09:00:00') }, on('09:00:00')],
    ['takes the recording when nothing is claimed', {}, recordedAt],
    ['is never later than recorded', { claimedAt: on('18:00:00') }, recordedAt],
    [
      'leaves a device alone that says not when it sent',
      { clock: 'device', claimedAt: on('09:00:00') },
      on('09:00:00'),
    ],
    [
      'does not correct by a sending before the act: the clock was set in between',
      { clock: 'device', claimedAt: on('09:00:00'), sentAt: on('08:00:00') },
      on('09:00:00'),
    ],
    [
      'corrects a device whose clock runs ahead',
      { clock: 'device', claimedAt: on('20:00:00'), sentAt: on('21:00:00') },
      on('16:42:00'),
    ],
    [
      'does not correct clocks that need no correction',
      { clock: 'provider', claimedAt: on('09:00:00'), sentAt: on('17:30:00') },
      on('09:00:00'),
    ],
    [
      'stays in range when a device claims to have sent centuries ahead',
      { clock: 'device', claimedAt: instantMin, sentAt: -instantMin },
      instantMin,
    ],
  ])('%s', (_, given, expected) => {
    expect(effectiveAt(claim(given))).toBe(expected)
  })
})

describe('earliestMoment of an opt-in', () => {
  const claimedAt = on('09:00:00')
  it.each<[string, Partial<Claim>, number]>([
    ['of a server is its claim', { claimedAt }, claimedAt],
    ['of a provider is its claim', { clock: 'provider', claimedAt }, claimedAt],
    ['of a device is a day before', { clock: 'device', claimedAt }, claimedAt - microsPerDay],
    ['of a person is a day before', { clock: 'human', claimedAt }, claimedAt - microsPerDay],
    ['untimed is its recording', {}, recordedAt],
    [
      'untimed is its recording less the longest delivery',
      { deliveryDelayMicrosMax: 10 * minute },
      recordedAt - 10 * minute,
    ],
    ['timed has no delay to fear', { claimedAt, deliveryDelayMicrosMax: 10 * minute }, claimedAt],
    [
      'takes the greater of the two doubts, not their sum',
      { clock: 'human', deliveryDelayMicrosMax: 10 * minute },
      recordedAt - microsPerDay,
    ],
  ])('%s', (_, given, expected) => {
    expect(earliestMoment(claim(given), defaultPolicy)).toBe(expected)
  })
})

describe('latestMoment of an opt-out', () => {
  const claimedAt = on('09:00:00')
  const monthAgo = recordedAt - 30 * microsPerDay
  it.each<[string, Partial<Claim>, number]>([
    ['of a server is its claim', { claimedAt }, claimedAt],
    ['of a provider is its claim', { clock: 'provider', claimedAt }, claimedAt],
    ['of a device is its recording', { clock: 'device', claimedAt }, recordedAt],
    ['of a person is its recording', { clock: 'human', claimedAt }, recordedAt],
    ['untimed is its recording', {}, recordedAt],
    ['in the future is its recording', { claimedAt: on('18:00:00') }, recordedAt],
    ['30 days back is believed', { claimedAt: monthAgo }, monthAgo],
    ['further back is its recording', { claimedAt: monthAgo - 1 }, recordedAt],
  ])('%s', (_, given, expected) => {
    expect(latestMoment(claim(given), defaultPolicy)).toBe(expected)
  })
})
