import { describe, expect, it } from 'vitest'
import { acts, carrier, proof } from './testing/acts.ts'
import { eventIdOf, given } from './testing/given.ts'
import { groups } from './testing/groups.ts'

const { offers, sale, news, orderNews, waOffers } = groups
const { stop, start, web, paper, tablet, crm, correct } = acts

const joined = web('2026-04-01T10:00:00Z', 'offers')
const mayFirst = stop('2026-05-01T10:00:00Z')

describe('the worked examples of precedence', () => {
  it('example 1: a form signed an hour before the STOP and uploaded after it stays without effect', () => {
    const form = paper('2026-05-01T09:00:00Z', 'offers', { recordedAt: '2026-05-01T18:00:00Z' })
    expect(given(mayFirst, form).state(offers)).toBe('unsubscribed')
  })

  it('example 2: a tablet opt-in 53 hours after the STOP opts in', () => {
    const late = tablet('2026-05-03T15:00:00Z', 'offers', { recordedAt: '2026-05-04T09:00:00Z' })
    expect(given(mayFirst, late).stateOf(offers)).toMatchObject({
      state: 'subscribed',
      ruleId: 'P3',
    })
  })

  it('example 3: a form signed 22 hours after the STOP is inside the margin', () => {
    const form = paper('2026-05-02T08:00:00Z', 'offers')
    expect(given(mayFirst, form).state(offers)).toBe('unsubscribed')
  })

  it('example 4: a WhatsApp STOP of signed time, two days late, holds until the newer opt-in', () => {
    const late = {
      scope: { brand: 'acme', family: 'whatsapp' },
      actor: 'provider',
      recordedAt: '2026-06-03T00:00:00Z',
    }
    const then = given(
      web('2026-05-20T12:00:00Z', 'wa-offers'),
      web('2026-06-02T12:00:00Z', 'wa-offers'),
      stop('2026-06-01T09:00:00Z', late),
    )
    expect(then.state(waOffers)).toBe('subscribed')
    expect(then.state(waOffers, { at: '2026-06-01T08:59:59Z' })).toBe('subscribed')
    expect(then.state(waOffers, { at: '2026-06-01T09:00:00Z' })).toBe('unsubscribed')
    expect(then.state(waOffers, { at: '2026-06-02T12:00:00Z' })).toBe('subscribed')
  })

  it('example 5: the same STOP without a time counts from its recording', () => {
    const untimed = stop('2026-06-03T09:00:00Z', { claimedAt: undefined })
    expect(given(web('2026-06-02T12:00:00Z', 'offers'), untimed).state(offers)).toBe('unsubscribed')
  })

  it('example 6: a STOP delayed behind its START wins, until a correction proves the order', () => {
    const untimed = { claimedAt: undefined, clock: 'server' }
    const wrong = [
      joined,
      start('2026-05-01T10:00:05Z', untimed),
      stop('2026-05-01T10:04:00Z', untimed),
    ]
    expect(given(...wrong).state(offers)).toBe('unsubscribed')
    const sentAt = { claimedAt: '2026-05-01T09:58:00Z', clock: 'provider' }
    const how = { action: 'opt-out', scope: carrier, actor: 'person', method: 'sms-keyword' }
    const corrected = correct('2026-05-02T10:00:00Z', [eventIdOf(2)], {
      evidence: proof,
      replacement: { ...how, ...sentAt },
    })
    expect(given(...wrong, corrected).state(offers)).toBe('subscribed')
  })

  it('example 7: a CRM sync in the night after a STOP changes nothing', () => {
    const sync = crm('2026-05-02T02:00:00Z', 'offers')
    expect(given(mayFirst, sync).state(offers)).toBe('unsubscribed')
  })

  it('example 8: after "none", a tick for order news by e-mail reopens only that', () => {
    const then = given(
      joined,
      web('2026-04-01T10:00:00Z', 'news'),
      stop('2026-05-01T10:00:00Z', { scope: 'all', method: 'preference-centre', clock: 'server' }),
      web('2026-07-01T10:00:00Z', 'order-news'),
    )
    expect(then.state(orderNews)).toBe('subscribed')
    expect(then.state(news)).toBe('unsubscribed')
    expect(then.state(offers)).toBe('unsubscribed')
  })

  it('example 9: "all offers" does not bring back a list that was left by name', () => {
    const then = given(
      web('2026-04-01T10:00:00Z', 'sale'),
      stop('2026-05-01T10:00:00Z', { scope: { group: 'sale' }, clock: 'server' }),
      paper('2026-06-01T10:00:00Z', 'sale', { scope: carrier }),
      paper('2026-06-01T10:00:00Z', 'offers'),
    )
    expect(then.state(sale)).toBe('unsubscribed')
    expect(then.state(offers)).toBe('subscribed')
  })

  it('example 10: a failed send submitted before a confirmed START does not end it', () => {
    const inferred = { actor: 'provider', method: 'send-failure' }
    const failed = stop('2026-05-01T09:59:00Z', { ...inferred, recordedAt: '2026-05-01T10:02:00Z' })
    const then = given(joined, start('2026-05-01T10:00:00Z'), failed)
    expect(then.state(offers)).toBe('subscribed')
  })
})
