import { describe, expect, it } from 'vitest'
import { classify } from './classify.ts'
import { microsPerDay } from './instant.ts'
import { defaultPolicy } from './policy.ts'
import type { Said } from './testing/given.ts'
import { acts, carrier, proof } from './testing/acts.ts'
import { at, eventIdOf, given, phone, signalOf } from './testing/given.ts'
import { groups } from './testing/groups.ts'

const { stop, start, web, tablet, crm, api, ask, correct } = acts
const may = '2026-05-01T10:00:00Z'

/** The events that one signal becomes. */
const eventsOf = (said: Said) => given(said).events
const typesOf = (said: Said) => eventsOf(said).map(({ type }) => type)

describe('classify', () => {
  it('stores with the event what policy and rule it was worth', () => {
    expect(eventsOf(stop(may))).toMatchObject([
      {
        type: 'OptedOut',
        data: {
          kind: 'phone',
          policyVersion: 'default-2026.1',
          ruleId: 'P12',
          authority: 'person',
          effectiveAt: at(may),
          bound: at(may),
          claimedAt: at(may),
        },
      },
    ])
  })

  it('stores what it had to guess of an opt-out', () => {
    expect(eventsOf(stop(may, { clock: 'sundial' }))).toMatchObject([
      { data: { clock: 'human', salvaged: ['clock'] } },
    ])
  })

  it.each<[string, unknown]>([
    ['P16', { group: 'offers' }],
    ['P12', carrier],
    ['P14', { family: 'email' }],
    ['P13', 'all'],
  ])('names the reach of an opt-out as %s', (ruleId, scope) => {
    expect(eventsOf(stop(may, { scope }))).toMatchObject([{ data: { ruleId } }])
  })

  it.each<[string, Said]>([
    ['P9', start(may)],
    ['P3', tablet(may, 'offers')],
    ['P17', web(may, 'offers')],
    ['P8', crm(may, 'offers')],
    ['P8', api(may, 'offers')],
  ])('names what an opt-in may lift as %s', (ruleId, said) => {
    expect(eventsOf(said)).toMatchObject([{ type: 'OptedIn', data: { ruleId } }])
  })

  it('asks for confirmation of what a person does alone in a double opt-in group', () => {
    const signal = { method: 'provider-signal', actor: 'provider', evidence: { messageId: 'm' } }
    const confirmed = { method: 'double-opt-in', evidence: { tokenId: 't-1' } }
    expect(typesOf(web(may, 'confirmed'))).toEqual(['OptInRequested'])
    expect(typesOf(web(may, 'offers'))).toEqual(['OptedIn'])
    expect(typesOf(web(may, 'confirmed', confirmed))).toEqual(['OptedIn'])
    expect(typesOf(web(may, 'confirmed', signal))).toEqual(['OptedIn'])
    expect(typesOf(api(may, 'confirmed'))).toEqual(['OptedIn'])
    expect(typesOf(crm(may, 'confirmed'))).toEqual(['OptedIn'])
  })

  it('lets a request wait as long as its group says, or as it says itself', () => {
    const until = (said: Said) => eventsOf(said).map(({ data }) => 'until' in data && data.until)
    expect(until(ask(may, 'confirmed'))).toEqual([at(may) + 7 * microsPerDay])
    expect(until(ask(may, 'unheard-of'))).toEqual([at(may) + 30 * microsPerDay])
    const expiresAt = '2026-05-02T00:00:00Z'
    expect(until(ask(may, 'confirmed', { expiresAt }))).toEqual([at(expiresAt)])
  })

  it('makes of a confirmed suspicion its resolution and an opt-out of the person', () => {
    const data = { scope: carrier, actor: 'staff', decision: 'opt-out', claimedAt: may }
    const review: Said = { action: 'intent-resolved', recordedAt: '2026-05-02T10:00:00Z', data }
    expect(eventsOf(review)).toMatchObject([
      { type: 'IntentResolved', data: { bound: at('2026-05-02T10:00:00Z') } },
      { type: 'OptedOut', data: { authority: 'person', bound: at(may), ruleId: 'P11' } },
    ])
  })

  it.each(['stale-signature', 'box-preticked', 'act-automated'] as const)(
    'believes no opt-in that is %s, and every opt-out',
    (quarantine) => {
      const context = { policy: defaultPolicy, recordedAt: at(may), group: undefined }
      const typeOf = (said: Said, action: 'opt-in' | 'opt-out') =>
        classify({ ...signalOf(1, said), action, quarantine }, context)
      expect(typeOf(web(may, 'offers'), 'opt-in')).toMatchObject([
        { type: 'OptInQuarantined', data: { reason: quarantine } },
      ])
      expect(typeOf(stop(may), 'opt-out')).toMatchObject([{ type: 'OptedOut' }])
    },
  )

  it('fails when a link comes without its other end, for that is a bug of the caller', () => {
    const signal = signalOf(0, acts.link(may, { externalId: 'customer-7', address: phone }))
    const context = { policy: defaultPolicy, recordedAt: at(may), group: groups.offers }
    expect(() => classify({ ...signal, action: 'link' }, context)).toThrow('other end')
  })
})

describe('a correction', () => {
  const joined = web('2026-04-01T10:00:00Z', 'offers')
  const optIn = { action: 'opt-in', scope: { group: 'offers' }, actor: 'staff', method: 'api' }
  const optOut = { ...optIn, action: 'opt-out' }
  const last = (...all: readonly Said[]) => given(...all).events.at(-1)

  it.each<[string, Said, string]>([
    ['of an opt-in is free', correct(may, [eventIdOf(0)]), 'Corrected'],
    [
      'of an opt-in by an opt-out is free',
      correct(may, [eventIdOf(0)], { replacement: optOut }),
      'Corrected',
    ],
    [
      'of an opt-in by another is not',
      correct(may, [eventIdOf(0)], { replacement: optIn }),
      'OptInQuarantined',
    ],
    ['of what nobody knows is not', correct(may, [eventIdOf(7)]), 'OptInQuarantined'],
  ])('%s', (_, said, type) => {
    expect(last(joined, said)?.type).toBe(type)
  })

  it('names each piece of proof it lacks', () => {
    const evidence = { operator: 'op-7', reason: ' ' }
    expect(last(stop(may), correct(may, [eventIdOf(0)], { evidence }))).toMatchObject({
      type: 'OptInQuarantined',
      data: { reason: 'correction-unproven', missing: ['reason', 'reference'], ruleId: 'P26' },
    })
  })

  it('dates its replacement by the claim it restores, not by its own sending', () => {
    const replacement = { ...optOut, actor: 'person', clock: 'device', claimedAt: may }
    const recordedAt = '2026-05-09T10:00:00Z'
    const more = { replacement, sentAt: '2026-05-08T10:00:00Z', evidence: proof }
    const said = correct(recordedAt, [eventIdOf(0)], more)
    expect(last(joined, said)).toMatchObject({
      data: { replacement: { authority: 'person', effectiveAt: at(may), bound: at(recordedAt) } },
    })
  })
})
