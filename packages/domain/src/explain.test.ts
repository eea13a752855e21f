import { describe, expect, it } from 'vitest'
import { explain } from './explain.ts'
import type { Said } from './testing/given.ts'
import { acts, carrier, proof } from './testing/acts.ts'
import { at, eventIdOf, given, phone } from './testing/given.ts'
import { groups } from './testing/groups.ts'

const { stop, start, web, paper, crm, api, ask, yes, ended, correct } = acts
const joined = web('2026-04-01T10:00:00Z', 'offers')
const stopped = stop('2026-05-01T10:00:00Z')
const now = at('2026-12-01T00:00:00Z')

/** What is said of the nth signal, given all of them. */
function said(nth: number, ...all: readonly Said[]) {
  const id = eventIdOf(nth)
  const found = explain(given(...all).events, Object.values(groups), now)
  return found.find(({ eventId }) => eventId === id)
}

describe('explain', () => {
  it('says of every event, in the order given, whether it counts', () => {
    const { events } = given(joined, stopped, start('2026-05-02T10:00:00Z'))
    const explained = explain(events, Object.values(groups), now)
    expect(explained.map(({ eventId, counts }) => [eventId, counts])).toEqual([
      [eventIdOf(0), true],
      [eventIdOf(1), false],
      [eventIdOf(2), true],
    ])
    for (const { why } of explained) expect(why).toMatch(/^[A-Z].{5,99}\.$/)
  })

  it('needs no group to be defined', () => {
    const { events } = given(joined, stopped, start('2026-05-02T10:00:00Z'))
    expect(explain(events, [], now).map(({ counts }) => counts)).toEqual([true, false, true])
  })

  it('names the correction by which an event is void', () => {
    const corrected = correct('2026-05-02T10:00:00Z', [eventIdOf(1)], { evidence: proof })
    expect(said(1, joined, stopped, corrected)).toMatchObject({
      counts: false,
      ruleId: 'P26',
      because: eventIdOf(2),
    })
    expect(said(2, joined, stopped, corrected)).toMatchObject({ counts: true, ruleId: 'P26' })
  })

  it('keeps counting what a correction voided when it is itself corrected', () => {
    const first = correct('2026-05-02T10:00:00Z', [eventIdOf(0)])
    const second = correct('2026-05-03T10:00:00Z', [eventIdOf(1)], { evidence: proof })
    expect(said(1, joined, first, second)).toMatchObject({ counts: true, because: eventIdOf(2) })
    expect(said(0, joined, first, second)).toMatchObject({ counts: false, because: eventIdOf(1) })
  })

  it('says what a quarantined opt-in lacks, and what a YES did not find', () => {
    const bare = web('2026-04-01T10:00:00Z', 'offers', { evidence: {} })
    expect(said(0, bare)).toMatchObject({
      counts: false,
      ruleId: 'P24',
      why: [
        'Quarantined: an opt-in of a person came without its evidence',
        '(missing: disclosure or disclosureId, formUrl).',
      ].join(' '),
    })
    expect(said(0, yes('2026-05-01T10:00:00Z'))).toMatchObject({ counts: false, ruleId: 'P10' })
  })

  it('says of a lifted opt-out which opt-in lifts it', () => {
    const verdict = said(1, joined, stopped, start('2026-05-02T10:00:00Z'))
    expect(verdict).toMatchObject({ counts: false, ruleId: 'P9', because: eventIdOf(2) })
  })

  it('says of a wide opt-out that is reopened in part that it still stands', () => {
    const verdict = said(1, joined, stopped, web('2026-06-01T10:00:00Z', 'offers'))
    expect(verdict).toMatchObject({ counts: true, ruleId: 'P17', because: eventIdOf(2) })
  })

  it.each<[string, string, readonly Said[]]>([
    ['an earlier act', 'P2', [stopped, paper('2026-04-20T10:00:00Z', 'offers')]],
    [
      'an act within the margin of its clock',
      'P4',
      [stopped, paper('2026-05-02T08:00:00Z', 'offers')],
    ],
    [
      'a later act than an opt-out of unproven time',
      'P6',
      [
        stop('2026-05-01T10:00:00Z', { clock: 'human', recordedAt: '2026-05-05T10:00:00Z' }),
        web('2026-05-03T10:00:00Z', 'offers'),
      ],
    ],
    ['an act at the same time', 'P7', [stopped, web('2026-05-01T10:00:00Z', 'offers')]],
    ['a later but weaker word', 'P8', [stopped, crm('2026-06-01T10:00:00Z', 'offers')]],
    [
      'a wide one against one as wide',
      'P8',
      [stopped, api('2026-06-01T10:00:00Z', 'offers', { scope: carrier })],
    ],
  ])('says by which rule an opt-in is overruled: %s', (_, ruleId, all) => {
    expect(said(1, ...all)).toMatchObject({ counts: false, ruleId, because: eventIdOf(0) })
    expect(said(0, ...all)).toMatchObject({ counts: true })
  })

  it('says of an opt-in that an opt-out overrules no longer that it counts', () => {
    expect(said(0, joined, stopped)).toMatchObject({ counts: false, ruleId: 'P2' })
    expect(said(0, joined, stopped, start('2026-05-02T10:00:00Z'))).toMatchObject({ counts: true })
  })

  it('says what stands in the place of a repeated act', () => {
    const again = web('2026-05-01T10:00:00Z', 'offers')
    expect(said(0, joined, again)).toMatchObject({ counts: false, because: eventIdOf(1) })
    const twice = stop('2026-05-02T10:00:00Z')
    expect(said(1, joined, stopped, twice)).toMatchObject({ counts: false, because: eventIdOf(2) })
  })

  it('says that consent has run out, and that what it lifted stays lifted', () => {
    const until = web('2026-06-01T10:00:00Z', 'offers', { validUntil: '2026-10-01T00:00:00Z' })
    expect(said(0, until)).toMatchObject({ counts: false, ruleId: 'P22' })
    expect(said(1, stopped, until)).toMatchObject({ counts: true, ruleId: 'P22' })
  })

  it('says that an end came after an opt-in, and an opt-in after an end', () => {
    const gone = ended('2026-05-01T10:00:00Z', { scope: { group: 'offers' } })
    expect(said(0, joined, gone)).toMatchObject({
      counts: false,
      ruleId: 'P20',
      because: eventIdOf(1),
    })
    const anew = web('2026-06-01T10:00:00Z', 'offers')
    expect(said(1, joined, gone)).toMatchObject({ counts: true })
    expect(said(1, joined, gone, anew)).toMatchObject({ counts: false, because: eventIdOf(2) })
  })

  it('says what became of a request', () => {
    const asked = ask('2026-11-30T10:00:00Z', 'confirmed')
    expect(said(0, asked)).toMatchObject({ counts: true, ruleId: 'P21' })
    const answered = said(0, asked, yes('2026-11-30T11:00:00Z'))
    expect(answered).toMatchObject({ counts: false, because: eventIdOf(1) })
    const refused = said(0, asked, stop('2026-11-30T11:00:00Z'))
    expect(refused).toMatchObject({ counts: false, ruleId: 'P2', because: eventIdOf(1) })
    const old = ask('2026-05-01T10:00:00Z', 'confirmed')
    expect(said(0, old)).toMatchObject({ counts: false, ruleId: 'P22' })
    const wide = ask('2026-11-30T10:00:00Z', 'confirmed', { scope: carrier })
    expect(said(0, wide)).toMatchObject({ counts: false })
    const granted = said(0, asked, api('2026-11-30T11:00:00Z', 'confirmed'))
    expect(granted).toMatchObject({ counts: false, ruleId: 'P21' })
  })

  it('says of a suspicion whether a review has decided it', () => {
    const suspicion = { ...stopped, action: 'intent-suspected' } as const
    const review: Said = {
      action: 'intent-resolved',
      recordedAt: '2026-05-02T10:00:00Z',
      data: { scope: carrier, decision: 'dismissed' },
    }
    expect(said(1, joined, suspicion)).toMatchObject({ counts: true, ruleId: 'P11' })
    const decided = said(1, joined, suspicion, review)
    expect(decided).toMatchObject({ counts: false, because: eventIdOf(2) })
  })

  it('says of a link whether it lives', () => {
    const tie = { address: phone, externalId: 'customer-7' }
    const linked = acts.link('2026-03-01T10:00:00Z', tie)
    const cut = { ...acts.link('2026-04-01T10:00:00Z', tie), action: 'unlink' } as const
    const again = acts.link('2026-05-01T10:00:00Z', tie)
    expect(said(0, linked)).toMatchObject({ counts: true })
    expect(said(0, linked, cut)).toMatchObject({ counts: false, because: eventIdOf(1) })
    expect(said(1, linked, cut)).toMatchObject({ counts: true })
    expect(said(0, linked, cut, again)).toMatchObject({ counts: false, because: eventIdOf(2) })
    expect(said(1, linked, cut, again)).toMatchObject({ counts: false, because: eventIdOf(2) })
  })
})
