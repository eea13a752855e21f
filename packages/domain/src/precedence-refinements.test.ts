import { describe, expect, it } from 'vitest'
import { acts, carrier, proof } from './testing/acts.ts'
import { eventIdOf, given, phone } from './testing/given.ts'
import { groups } from './testing/groups.ts'

const { offers, news, confirmed, receipts } = groups
const { stop, start, web, crm, api, ask, yes, link, ended, correct } = acts

const everything = { scope: 'all' }
const untimed = { claimedAt: undefined, clock: 'server' }
const joined = web('2026-04-01T10:00:00Z', 'offers')

describe('where the rules of precedence meet', () => {
  it('P10: a YES sent before the request does not confirm it', () => {
    const late = yes('2026-05-01T09:00:00Z', { recordedAt: '2026-05-01T11:00:00Z' })
    const then = given(ask('2026-05-01T10:00:00Z', 'confirmed'), late)
    expect(then.state(confirmed, { at: '2026-05-02T00:00:00Z' })).toBe('pending')
  })

  it('P11: a suspicion that arrives after a review of another text is not cleared by it', () => {
    const suspicion = (sentAt: string, recordedAt: string) =>
      ({ ...stop(sentAt, { recordedAt }), action: 'intent-suspected' }) as const
    const data = { scope: carrier, actor: 'staff', decision: 'dismissed' }
    const then = given(
      joined,
      suspicion('2026-05-01T10:00:00Z', '2026-05-01T10:00:00Z'),
      { action: 'intent-resolved', recordedAt: '2026-05-01T12:00:00Z', data },
      suspicion('2026-05-01T11:00:00Z', '2026-05-01T13:00:00Z'),
    )
    expect(then.permission(offers)).toBe('held')
  })

  it('P13: an opt-out of everything reaches all addresses of one external id', () => {
    const owner = { externalId: 'customer-7' }
    const mail = { kind: 'email', value: 'ada@example.com' }
    const then = given(
      link('2026-03-01T10:00:00Z', { address: phone, ...owner }),
      link('2026-03-01T10:00:00Z', { address: mail, ...owner }),
      web('2026-04-01T10:00:00Z', 'news', { address: mail }),
      stop('2026-05-01T10:00:00Z', everything),
    )
    expect(then.state(news, { of: mail })).toBe('unsubscribed')
  })

  it('P7b: an untimed START counts from the earliest moment it may have been sent', () => {
    const hour = { deliveryDelayMicrosMax: 3_600_000_000 }
    const soon = { ...start('2026-05-01T10:30:00Z', untimed), ...hour }
    const later = { ...start('2026-05-01T11:30:00Z', untimed), ...hour }
    const stopped = stop('2026-05-01T10:00:00Z')
    expect(given(joined, stopped, soon).state(offers)).toBe('unsubscribed')
    expect(given(joined, stopped, later).state(offers)).toBe('subscribed')
  })

  it('P19: an undated one counts from its recording, unless the provider confirmed a START', () => {
    const failed = stop('2026-05-03T10:00:00Z', {
      ...{ actor: 'provider', method: 'send-failure', clock: 'server', claimedAt: undefined },
    })
    expect(given(joined, failed).stateOf(offers)).toMatchObject({
      state: 'unsubscribed',
      ruleId: 'P19',
    })
    const by = { actor: 'provider', method: 'provider-signal' }
    const then = given(joined, start('2026-05-01T10:00:00Z', by), failed)
    expect(then.stateOf(offers)).toMatchObject({ state: 'subscribed', sendBlock: true })
    expect(then.permission(offers)).toBe('blocked')
    const again = given(joined, start('2026-05-01T10:00:00Z', by), failed, {
      ...start('2026-05-04T10:00:00Z', by),
    })
    expect(again.permission(offers)).toBe('subscribed')
    const long = start('2026-04-30T09:59:59Z', by)
    expect(given(joined, long, failed).state(offers)).toBe('unsubscribed')
    const own = start('2026-05-01T10:00:00Z')
    expect(given(joined, own, failed).state(offers)).toBe('unsubscribed')
  })

  it('P6: an opt-out claimed more than 30 days back counts from its recording', () => {
    const late = { recordedAt: '2026-06-02T10:00:00Z' }
    const then = given(web('2026-05-03T10:00:00Z', 'offers'), stop('2026-05-01T10:00:00Z', late))
    expect(then.state(offers)).toBe('unsubscribed')
  })

  it('P8: an API call lifts an API opt-out, an import lifts only an import', () => {
    const out = (actor: string) => stop('2026-05-01T10:00:00Z', { actor, method: 'api' })
    const later = '2026-06-01T10:00:00Z'
    expect(given(out('system'), api(later, 'offers')).state(offers)).toBe('subscribed')
    expect(given(out('system'), crm(later, 'offers')).state(offers)).toBe('unsubscribed')
    expect(given(out('import'), crm(later, 'offers')).state(offers)).toBe('subscribed')
  })

  it('P20: an opt-out older than the end still stands against a weaker opt-in after it', () => {
    const moved = [stop('2026-04-20T10:00:00Z'), ended('2026-05-01T10:00:00Z')]
    const then = given(joined, ...moved, api('2026-06-01T10:00:00Z', 'offers'))
    expect(then.state(offers)).toBe('unsubscribed')
  })

  it('P26: a correction holds for all time since it became known, and for none before', () => {
    const corrected = correct('2026-05-09T10:00:00Z', [eventIdOf(1)], { evidence: proof })
    const then = given(joined, stop('2026-05-01T10:00:00Z'), corrected)
    const at = '2026-05-05T00:00:00Z'
    expect(then.state(offers, { at, knownAt: at })).toBe('unsubscribed')
    expect(then.state(offers, { at })).toBe('subscribed')
  })
  it('P12: a STOP that says any purpose stops transactional groups too', () => {
    const scope = { ...carrier, purpose: 'any' }
    expect(given(stop('2026-05-01T10:00:00Z', { scope })).permission(receipts)).toBe('unsubscribed')
  })

  it('P9: START does not lift a narrower opt-out', () => {
    const left = stop('2026-05-01T10:00:00Z', { scope: { group: 'offers' } })
    expect(given(joined, left, start('2026-05-02T10:00:00Z')).state(offers)).toBe('unsubscribed')
  })

  it('P21: a link that confirms counts like a YES, and only while something is pending', () => {
    const pressed = { scope: { group: 'confirmed' }, method: 'double-opt-in' }
    const press = (at: string) => yes(at, { ...pressed, evidence: { tokenId: 'link-1' } })
    const asked = ask('2026-05-01T10:00:00Z', 'confirmed')
    const then = given(asked, press('2026-05-02T10:00:00Z'))
    expect(then.stateOf(confirmed)).toMatchObject({ state: 'subscribed', ruleId: 'P21' })
    const left = given(asked, stop('2026-05-02T10:00:00Z'), press('2026-05-03T10:00:00Z'))
    expect(left.state(confirmed)).toBe('unsubscribed')
  })

  it('P21: a request after an end is pending, although the former owner had consented', () => {
    const then = given(joined, ended('2026-05-01T10:00:00Z'), ask('2026-06-01T10:00:00Z', 'offers'))
    expect(then.state(offers, { at: '2026-06-02T00:00:00Z' })).toBe('pending')
  })

  it('P21: a request that was confirmed is not pending again when the consent runs out', () => {
    const validUntil = '2026-05-10T00:00:00Z'
    const token = { method: 'double-opt-in', evidence: { tokenId: 't-1' }, validUntil }
    const asked = ask('2026-05-01T10:00:00Z', 'offers')
    const then = given(asked, web('2026-05-02T10:00:00Z', 'offers', token))
    expect(then.state(offers, { at: '2026-05-09T00:00:00Z' })).toBe('subscribed')
    expect(then.state(offers, { at: '2026-05-11T00:00:00Z' })).toBe('expired')
  })

  it('P21: whoever opted out may ask again, and is pending until the person confirms', () => {
    const asked = ask('2026-05-02T10:00:00Z', 'offers')
    const then = given(joined, stop('2026-05-01T10:00:00Z'), asked)
    expect(then.state(offers, { at: '2026-05-03T00:00:00Z' })).toBe('pending')
    expect(then.state(offers, { at: '2026-07-01T00:00:00Z' })).toBe('unsubscribed')
    const confirming = given(
      joined,
      stop('2026-05-01T10:00:00Z'),
      asked,
      yes('2026-05-02T11:00:00Z'),
    )
    expect(confirming.state(offers)).toBe('subscribed')
  })

  it('P20: an end of one address does not end the other addresses of its owner', () => {
    const owner = { externalId: 'customer-7' }
    const mail = { kind: 'email', value: 'ada@example.com' }
    const then = given(
      link('2026-03-01T10:00:00Z', { address: phone, ...owner }),
      link('2026-03-01T10:00:00Z', { address: mail, ...owner }),
      web('2026-04-01T10:00:00Z', 'news', { address: mail }),
      joined,
      ended('2026-05-01T10:00:00Z'),
    )
    expect(then.state(offers)).toBe('ended')
    expect(then.state(news, { of: mail })).toBe('subscribed')
  })

  it('P26: an opt-in that is corrected without proof is void, and its replacement quarantined', () => {
    const replacement = {
      action: 'opt-in',
      scope: { group: 'offers' },
      actor: 'person',
      method: 'web-form',
    }
    const then = given(joined, correct('2026-05-02T10:00:00Z', [eventIdOf(0)], { replacement }))
    expect(then.state(offers)).toBe('never')
    expect(then.events.slice(1).map(({ type }) => type)).toEqual(['Corrected', 'OptInQuarantined'])
  })
})
