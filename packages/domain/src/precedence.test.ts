import { describe, expect, it } from 'vitest'
import type { SubjectEvent } from './events.ts'
import { permissionOf } from './permission-of.ts'
import { stateOf } from './state-of.ts'
import { foldEvents } from './subject-record.ts'
import { acts, carrier, proof } from './testing/acts.ts'
import { at, eventIdOf, given } from './testing/given.ts'
import { groups } from './testing/groups.ts'

const { offers, sale, rcs, confirmed, receipts, otherBrand } = groups
const { news, orderNews, waOffers, waReceipts } = groups
const { stop, start, web, paper, tablet, crm, api, ask, yes, link, ended, correct } = acts

const everything = { scope: 'all' }
const untimed = { claimedAt: undefined, clock: 'server' }
const joined = web('2026-04-01T10:00:00Z', 'offers')

describe('the rules of precedence', () => {
  it('P0: the same event again changes nothing, wherever it is folded', () => {
    const { events } = given(joined, stop('2026-05-01T10:00:00Z'))
    expect(foldEvents('phone', [...events, ...events])).toEqual(foldEvents('phone', events))
  })

  it('P1: with no event nothing is known, and marketing is not permitted', () => {
    expect(given().stateOf(offers)).toMatchObject({ state: 'never', ruleId: 'P1', since: null })
    expect(given().permission(offers)).toBe('never')
    expect(given().permission(receipts)).toBe('transactional')
  })

  it('P2: a late form signed before the STOP is recorded and changes nothing', () => {
    const late = paper('2026-04-20T09:00:00Z', 'offers', { recordedAt: '2026-05-02T09:00:00Z' })
    const then = given(stop('2026-05-01T10:00:00Z'), late)
    expect(then.state(offers)).toBe('unsubscribed')
    expect(then.events.at(-1)?.type).toBe('OptedIn')
  })

  it('P3: a late form signed after the STOP by more than the margin opts in', () => {
    const late = paper('2026-05-03T11:00:00Z', 'offers', { recordedAt: '2026-05-20T09:00:00Z' })
    const then = given(stop('2026-05-01T10:00:00Z'), late)
    expect(then.stateOf(offers)).toMatchObject({ state: 'subscribed', ruleId: 'P3' })
  })

  it('P4: a late form inside the margin, or a mere staff flag, does not lift the STOP', () => {
    const inside = paper('2026-05-02T09:00:00Z', 'offers')
    const flag = tablet('2026-05-09T09:00:00Z', 'offers', { actor: 'staff' })
    const stopped = stop('2026-05-01T10:00:00Z')
    expect(given(stopped, inside).state(offers)).toBe('unsubscribed')
    expect(given(stopped, flag).state(offers)).toBe('unsubscribed')
  })

  it('P5: a late opt-out of trusted time gives way to a newer opt-in, and holds in between', () => {
    const late = stop('2026-05-01T10:00:00Z', { recordedAt: '2026-05-05T10:00:00Z' })
    const then = given(web('2026-05-03T10:00:00Z', 'offers'), joined, late)
    expect(then.state(offers)).toBe('subscribed')
    expect(then.state(offers, { at: '2026-05-02T00:00:00Z' })).toBe('unsubscribed')
  })

  it('P6: a late opt-out of untrusted time counts from its recording', () => {
    const late = { clock: 'human', recordedAt: '2026-05-05T10:00:00Z' }
    const then = given(web('2026-05-03T10:00:00Z', 'offers'), stop('2026-05-01T10:00:00Z', late))
    expect(then.state(offers)).toBe('unsubscribed')
  })

  it('P7: at the same time the opt-out wins', () => {
    const tie = '2026-05-01T10:00:00Z'
    expect(given(web(tie, 'offers'), stop(tie)).state(offers)).toBe('unsubscribed')
    expect(given(stop(tie), web(tie, 'offers')).state(offers)).toBe('unsubscribed')
  })

  it('P7b: an untimed STOP delivered after its START ends opted-out', () => {
    const restarted = start('2026-05-01T10:00:05Z', untimed)
    const delayed = stop('2026-05-01T10:04:00Z', untimed)
    expect(given(joined, restarted, delayed).state(offers)).toBe('unsubscribed')
  })

  it('P8: neither an import nor an API call lifts the STOP of a person', () => {
    const stopped = stop('2026-05-01T10:00:00Z')
    const later = '2026-06-01T10:00:00Z'
    expect(given(stopped, crm(later, 'offers')).state(offers)).toBe('unsubscribed')
    expect(given(stopped, api(later, 'offers')).state(offers)).toBe('unsubscribed')
    const wide = api(later, 'offers', { scope: carrier })
    expect(given(joined, stopped, wide).state(offers)).toBe('unsubscribed')
  })

  it('P9: START lifts what its STOP covered, and grants only what was granted', () => {
    const then = given(joined, stop('2026-05-01T10:00:00Z'), start('2026-05-02T10:00:00Z'))
    expect(then.state(offers)).toBe('subscribed')
    expect(then.state(sale)).toBe('never')
  })

  it('P10: a YES confirms what is pending, within its window', () => {
    const asked = ask('2026-05-01T10:00:00Z', 'confirmed')
    const then = given(asked, yes('2026-05-02T10:00:00Z'))
    expect(then.stateOf(confirmed)).toMatchObject({ state: 'subscribed', ruleId: 'P10' })
    expect(given(asked, yes('2026-05-09T10:00:00Z')).state(confirmed)).toBe('expired')
  })

  // The fact sheet would let a YES lift an opt-out where the provider does; every doubt falls to
  // the opt-out, so it stays a plain message.
  it('P10: a YES with nothing pending is a plain message, also after an opt-out', () => {
    const then = given(joined, stop('2026-05-01T10:00:00Z'), yes('2026-05-02T10:00:00Z'))
    expect(then.state(offers)).toBe('unsubscribed')
    expect(then.events.at(-1)).toMatchObject({
      type: 'OptInQuarantined',
      data: { reason: 'nothing-pending' },
    })
  })

  it('P11: a suspected opt-out holds messages until a review, and changes no state', () => {
    const scope = { scope: carrier }
    const suspected = stop('2026-05-01T10:00:00Z', scope)
    const suspicion = { ...suspected, action: 'intent-suspected' } as const
    const held = given(joined, suspicion)
    expect([held.state(offers), held.permission(offers)]).toEqual(['subscribed', 'held'])
    const review = (decision: string) => {
      const data = { scope: carrier, actor: 'staff', decision, claimedAt: '2026-05-01T10:00:00Z' }
      const recordedAt = '2026-05-02T10:00:00Z'
      return given(joined, suspicion, { action: 'intent-resolved', recordedAt, data })
    }
    expect(review('dismissed').permission(offers)).toBe('subscribed')
    expect(review('opt-out').stateOf(offers)).toMatchObject({
      state: 'unsubscribed',
      authority: 'person',
      since: at('2026-05-01T10:00:00Z'),
    })
  })

  it('P12: a STOP to one sender covers the carrier family of the brand', () => {
    const then = given(
      joined,
      web('2026-04-01T10:00:00Z', 'rcs'),
      web('2026-04-01T10:00:00Z', 'other-brand'),
      stop('2026-05-01T10:00:00Z'),
    )
    expect(then.state(offers)).toBe('unsubscribed')
    expect(then.state(rcs)).toBe('unsubscribed')
    expect(then.state(otherBrand)).toBe('subscribed')
    expect(then.permission(receipts)).toBe('transactional')
  })

  it('P13: an opt-out of everything covers every channel, marketing only', () => {
    const then = given(
      web('2026-04-01T10:00:00Z', 'news'),
      joined,
      stop('2026-05-01T10:00:00Z', everything),
    )
    expect(then.state(offers)).toBe('unsubscribed')
    expect(then.state(news)).toBe('unsubscribed')
    expect(then.permission(receipts)).toBe('transactional')
  })

  it('P13: a spam complaint about an e-mail covers e-mail marketing, no other channel', () => {
    const complaint = { scope: { family: 'email' }, actor: 'provider', method: 'complaint' }
    const mail = web('2026-04-01T10:00:00Z', 'news')
    const then = given(joined, mail, stop('2026-05-01T10:00:00Z', complaint))
    expect(then.state(news)).toBe('unsubscribed')
    expect(then.state(offers)).toBe('subscribed')
  })

  it('P14: a STOP on one channel leaves the others', () => {
    const whatsapp = web('2026-04-01T10:00:00Z', 'wa-offers')
    const scope = { family: 'sms' }
    const then = given(joined, whatsapp, stop('2026-05-01T10:00:00Z', { scope }))
    expect(then.state(offers)).toBe('unsubscribed')
    expect(then.state(waOffers)).toBe('subscribed')
  })

  it('P15: a WhatsApp marketing stop leaves that business its utility messages', () => {
    const scope = { brand: 'acme', family: 'whatsapp' }
    const whatsapp = web('2026-04-01T10:00:00Z', 'wa-offers')
    const then = given(whatsapp, stop('2026-05-01T10:00:00Z', { scope, actor: 'provider' }))
    expect(then.permission(waOffers)).toBe('unsubscribed')
    expect(then.permission(waReceipts)).toBe('transactional')
  })

  it('P16: one click unsubscribes from the list of its token', () => {
    const token = { scope: { group: 'news' }, method: 'one-click', clock: 'server' }
    const lists = [web('2026-04-01T10:00:00Z', 'news'), web('2026-04-01T10:00:00Z', 'order-news')]
    const then = given(...lists, stop('2026-05-01T10:00:00Z', token))
    expect(then.stateOf(news)).toMatchObject({ state: 'unsubscribed', ruleId: 'P16' })
    expect(then.state(orderNews)).toBe('subscribed')
  })

  it('P17: a narrower opt-in of the person reopens only its part of a broad opt-out', () => {
    const wide = stop('2026-05-01T10:00:00Z', everything)
    const then = given(joined, wide, web('2026-06-01T10:00:00Z', 'sale'))
    expect(then.stateOf(sale)).toMatchObject({ state: 'subscribed', ruleId: 'P17' })
    expect(then.state(offers)).toBe('unsubscribed')
  })

  it('P18: a broad opt-in leaves a narrow opt-out as it is', () => {
    const narrow = stop('2026-05-01T10:00:00Z', { scope: { group: 'sale' } })
    const broad = web('2026-06-01T10:00:00Z', 'offers', { scope: carrier })
    expect(given(joined, narrow, broad).state(sale)).toBe('unsubscribed')
    expect(given(joined, narrow, broad).state(offers)).toBe('subscribed')
  })

  // The fact sheet dates the opt-out at the failed send; it counts from the moment the message was
  // submitted, or, when nobody knows that, from its recording unless a START was just confirmed.
  it('P19: an opt-out inferred from a failed send counts from the submission of that message', () => {
    const inferred = { actor: 'provider', method: 'send-failure' }
    const failed = stop('2026-05-01T09:59:00Z', { ...inferred, recordedAt: '2026-05-01T10:02:00Z' })
    const then = given(joined, start('2026-05-01T10:00:00Z'), failed)
    expect(then.permission(offers)).toBe('subscribed')
    expect(given(joined, failed).permission(offers)).toBe('unsubscribed')
  })

  it('P19: a block of the carrier denies permission, changes no state, and ends when unblocked', () => {
    const { events, stateOf } = given(joined)
    const blocked = blockedAt('SendBlocked', '2026-05-01T10:02:00Z')
    const unblocked = blockedAt('SendUnblocked', '2026-05-02T10:00:00Z')
    const answer = (...more: SubjectEvent[]) => answerOf([...events, ...more])
    expect(answer(blocked)).toMatchObject({ state: 'subscribed', reason: 'blocked' })
    expect(answer(blocked, unblocked)).toMatchObject({ state: 'subscribed', reason: 'subscribed' })
    expect(stateOf(offers).sendBlock).toBe(false)
  })

  it('P20: a number that changed hands has ended, and its new owner starts anew', () => {
    const then = given(joined, ended('2026-05-01T10:00:00Z'))
    expect(then.stateOf(offers)).toMatchObject({ state: 'ended', ruleId: 'P20' })
    const anew = given(
      joined,
      ended('2026-05-01T10:00:00Z'),
      ask('2026-06-01T10:00:00Z', 'offers'),
      yes('2026-06-01T10:05:00Z'),
    )
    expect(anew.state(offers, { at: '2026-06-01T10:02:00Z' })).toBe('pending')
    expect(anew.state(offers)).toBe('subscribed')
  })

  it('P20: who changed the number carries opt-outs to the new one, never opt-ins', () => {
    const other = { kind: 'phone', value: '+15555550199' }
    const moved = link('2026-05-01T10:00:00Z', { other, relation: 'successor' })
    const sales = web('2026-04-02T10:00:00Z', 'sale', { address: other })
    const then = given(joined, moved, sales, stop('2026-05-02T10:00:00Z'))
    expect(then.state(sale, { of: other })).toBe('unsubscribed')
    expect(given(joined, moved).state(offers, { of: other })).toBe('never')
  })

  it('P21: a double opt-in group waits for the person to confirm, and the wait expires', () => {
    const then = given(web('2026-05-01T10:00:00Z', 'confirmed'))
    const waiting = { at: '2026-05-08T09:59:59Z' }
    expect(then.stateOf(confirmed, waiting)).toMatchObject({ state: 'pending', ruleId: 'P21' })
    expect(then.permission(confirmed, waiting)).toBe('pending')
    expect(then.state(confirmed, { at: '2026-05-08T10:00:00Z' })).toBe('expired')
  })

  it('P22: consent runs out at its time, in every replay alike', () => {
    const until = { validUntil: '2026-10-01T00:00:00Z' }
    const then = given(web('2026-04-01T10:00:00Z', 'offers', until))
    expect(then.state(offers, { at: '2026-09-30T23:59:59.999999Z' })).toBe('subscribed')
    const ranOut = then.stateOf(offers, { at: '2026-10-01T00:00:00Z' })
    expect(ranOut).toMatchObject({ state: 'expired', ruleId: 'P22' })
  })

  it.todo('P23: erasure destroys keys and keeps the suppression token (the vault holds both)')

  it('P24: an opt-out without evidence counts, an opt-in without it is quarantined', () => {
    const bare = web('2026-06-01T10:00:00Z', 'offers', { evidence: {} })
    const then = given(joined, stop('2026-05-01T10:00:00Z', { evidence: 'lost', scope: 7 }), bare)
    expect(then.stateOf(offers)).toMatchObject({ state: 'unsubscribed', ruleId: 'P13' })
    expect(then.events.at(-1)).toMatchObject({
      type: 'OptInQuarantined',
      data: { ruleId: 'P24', missing: ['disclosure or disclosureId', 'formUrl'] },
    })
  })

  it('P26: a correction towards opted-out is free, towards opted-in it needs its proof', () => {
    const stopped = stop('2026-05-01T10:00:00Z')
    const freely = given(joined, correct('2026-05-02T10:00:00Z', [eventIdOf(0)]))
    expect(freely.state(offers)).toBe('never')
    const undo = (evidence: object) =>
      given(joined, stopped, correct('2026-05-02T10:00:00Z', [eventIdOf(1)], { evidence }))
    expect(undo({}).state(offers)).toBe('unsubscribed')
    expect(undo({}).events.at(-1)?.type).toBe('OptInQuarantined')
    expect(undo(proof).state(offers)).toBe('subscribed')
  })
})

/** No signal says that a carrier blocks; the ledger's door does, so these are made by hand. */
function blockedAt(type: 'SendBlocked' | 'SendUnblocked', when: string): SubjectEvent {
  const [model] = given(stop(when)).events
  if (model?.type !== 'OptedOut') throw new Error('a stop is an opt-out')
  return { ...model, type, id: eventIdOf(9, type === 'SendBlocked' ? 0 : 1) }
}

function answerOf(events: readonly SubjectEvent[]) {
  const answer = stateOf(offers, foldEvents('phone', events).registers, at('2026-12-01T00:00:00Z'))
  return { state: answer.state, reason: permissionOf(offers, answer, false).reason }
}
