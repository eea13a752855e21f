import { describe, expect, it } from 'vitest'
import type { EventId, SubjectId } from './identifiers.ts'
import { kinOf, sharedRegisters } from './kin.ts'
import type { Mark } from './register.ts'
import type { ScopeKey } from './scope.ts'
import { stateOf, stateOfSubject } from './state-of.ts'
import type { Link, SubjectRecord } from './subject-record.ts'
import { emptyRecord, linkKey } from './subject-record.ts'
import { groups } from './testing/groups.ts'

const { offers, news } = groups

type Ends = readonly [string, string, Link['relation'], (number | null)?, (number | null)?]
type Marks = Readonly<Record<string, readonly (readonly [string, Mark, number])[]>>

const kinds: Readonly<Record<string, string>> = { c: 'external-id', p: 'phone', m: 'email' }
/** The first letter of a name is its kind: `c1` an external id, `p1` a phone, `m1` an e-mail. */
const kindOf = (name: string): string => kinds[name.slice(0, 1)] ?? 'phone'
const stamp = (bound: number, id = 'e') => ({
  bound,
  eventId: `${id}${bound}` as EventId,
  effectiveAt: bound,
  ruleId: 'P1',
})

/** A family of records: who is linked to whom, and what each has said. */
function family(links: readonly Ends[], said: Marks) {
  const records = new Map<string, SubjectRecord>()
  const recordOf = (name: string) => records.get(name) ?? emptyRecord(kindOf(name))
  for (const [a, b, relation, linked = 1, unlinked = null] of links) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const link: Link = {
        other: to as SubjectId,
        otherKind: kindOf(to),
        relation,
        ...(linked !== null && { linked: stamp(linked) }),
        ...(unlinked !== null && { unlinked: stamp(unlinked) }),
      }
      const record = recordOf(from)
      records.set(from, { ...record, links: { ...record.links, [linkKey(link)]: link } })
    }
  }
  for (const [name, marks] of Object.entries(said)) {
    for (const [scope, mark, bound] of marks) {
      const record = recordOf(name)
      const key = scope as ScopeKey
      const register = { ...record.registers[key], [mark]: stamp(bound, name) }
      records.set(name, { ...record, registers: { ...record.registers, [key]: register } })
    }
  }
  const find = (subject: SubjectId) => records.get(subject)
  return {
    state: (name: string, group = offers) =>
      stateOfSubject(group, name as SubjectId, find, 99).state,
    answer: (name: string, group = offers) => stateOfSubject(group, name as SubjectId, find, 99),
    alone: (name: string) => stateOf(offers, recordOf(name).registers, 99).state,
    shared: (name: string) => sharedRegisters(name as SubjectId, find),
    kin: (name: string) => kinOf(name as SubjectId, find),
  }
}

const grant = ['group:offers', 'inByPerson', 10] as const
const leave = ['group:offers', 'outByPerson', 20] as const
const leaveAll = ['all', 'outByPerson', 20] as const

describe('an owner link', () => {
  it('shares opt-ins and opt-outs both ways', () => {
    const links: readonly Ends[] = [['c1', 'p1', 'owner']]
    expect(family(links, { c1: [grant] }).state('p1')).toBe('subscribed')
    expect(family(links, { p1: [grant] }).state('c1')).toBe('subscribed')
    expect(family(links, { c1: [grant], p1: [leave] }).state('c1')).toBe('unsubscribed')
    expect(family(links, { c1: [leave], p1: [grant] }).state('p1')).toBe('unsubscribed')
  })

  it('reaches one step: an address shares no opt-in with another of its owner', () => {
    const links: readonly Ends[] = [
      ['c1', 'p1', 'owner'],
      ['c1', 'p2', 'owner'],
    ]
    expect(family(links, { p1: [grant] }).state('p2')).toBe('never')
    expect(family(links, { p1: [leave], p2: [grant] }).state('p2')).toBe('subscribed')
  })

  it('carries an opt-out of everything to every address of the owner, and no end', () => {
    const links: readonly Ends[] = [
      ['c1', 'p1', 'owner'],
      ['c1', 'p2', 'owner'],
    ]
    expect(family(links, { p1: [leaveAll], p2: [grant] }).state('p2')).toBe('unsubscribed')
    const ended = family(links, { p1: [['all', 'ended', 20]], p2: [grant] })
    expect([ended.state('p1'), ended.state('p2')]).toEqual(['ended', 'subscribed'])
    const suspected = family(links, { p1: [['all', 'suspected', 20]], p2: [grant] })
    expect([suspected.answer('p1').held, suspected.answer('p2').held]).toEqual([true, false])
  })

  it('shares nothing once it is cut, and lives on a tie', () => {
    expect(family([['c1', 'p1', 'owner', 5, 6]], { c1: [leave], p1: [grant] }).state('p1')).toBe(
      'subscribed',
    )
    expect(family([['c1', 'p1', 'owner', 6, 6]], { c1: [leave], p1: [grant] }).state('p1')).toBe(
      'unsubscribed',
    )
  })
})

describe('a same-person or successor link', () => {
  it.each(['same-person', 'successor'] as const)(
    '%s shares opt-outs, never opt-ins',
    (relation) => {
      const links: readonly Ends[] = [['p1', 'p2', relation]]
      expect(family(links, { p1: [grant] }).state('p2')).toBe('never')
      expect(family(links, { p1: [leave], p2: [grant] }).state('p2')).toBe('unsubscribed')
      expect(family(links, { p1: [grant], p2: [leave] }).state('p1')).toBe('unsubscribed')
      expect(family(links, { p1: [['all', 'ended', 20]], p2: [grant] }).state('p2')).toBe('ended')
    },
  )

  it('carries opt-outs over a chain of number changes, also round in a circle', () => {
    const chain: readonly Ends[] = [
      ['p1', 'p2', 'successor'],
      ['p2', 'p3', 'successor'],
      ['p3', 'p1', 'successor'],
    ]
    expect(family(chain, { p1: [leave], p3: [grant] }).state('p3')).toBe('unsubscribed')
  })

  it('carries what the owner of a mate, or the mate of an owner, has refused', () => {
    const links: readonly Ends[] = [
      ['p1', 'p2', 'same-person'],
      ['c2', 'p2', 'owner'],
      ['c2', 'c3', 'same-person'],
      ['c1', 'p1', 'owner'],
      ['c1', 'c4', 'same-person'],
    ]
    for (const refuser of ['c2', 'c3', 'c4']) {
      expect(family(links, { [refuser]: [leave], p1: [grant] }).state('p1')).toBe('unsubscribed')
      expect(family(links, { [refuser]: [grant] }).state('p1')).toBe('never')
    }
  })

  it('holds both while a suspicion about one is open, and a review of the other clears it not', () => {
    const links: readonly Ends[] = [['p1', 'p2', 'same-person']]
    const held = (said: Marks) => family(links, said).answer('p1').held
    expect(held({ p2: [['all', 'suspected', 5]] })).toBe(true)
    const reviewed = [['all', 'suspected', 5] as const, ['all', 'cleared', 9] as const]
    expect(held({ p2: reviewed })).toBe(false)
    expect(held({ p1: [['all', 'suspected', 7]], p2: reviewed })).toBe(true)
    expect(held({ p1: [['all', 'cleared', 9]], p2: [['all', 'suspected', 5]] })).toBe(true)
    expect(held({ p1: reviewed, p2: reviewed })).toBe(false)
  })
})

describe('an external id with several addresses', () => {
  const links: readonly Ends[] = [
    ['c1', 'p1', 'owner'],
    ['c1', 'p2', 'owner'],
    ['c1', 'm1', 'owner'],
  ]

  it('is answered by the least permissive of those in the family', () => {
    const one = family(links, { p1: [grant], p2: [grant, leave] })
    expect(one.state('c1')).toBe('unsubscribed')
    expect(family(links, { p1: [grant] }).state('c1')).toBe('never')
    expect(family(links, { p1: [grant], p2: [grant] }).state('c1')).toBe('subscribed')
  })

  it('is answered by its e-mail address for an e-mail group', () => {
    const mail = ['group:news', 'inByPerson', 10] as const
    const one = family(links, { m1: [mail], p1: [grant, leave] })
    expect(one.state('c1', news)).toBe('subscribed')
  })

  it('is held or blocked when one of them is', () => {
    const blocked = family(links, { p1: [grant], p2: [grant, ['group:offers', 'blocked', 12]] })
    expect(blocked.answer('c1')).toMatchObject({ state: 'subscribed', sendBlock: true })
    const suspected = family(links, { p1: [grant, ['all', 'suspected', 12]], p2: [grant] })
    expect(suspected.answer('c1')).toMatchObject({ state: 'subscribed', held: true })
  })

  it('speaks for itself where it has no address in the family', () => {
    expect(family([['c1', 'm1', 'owner']], { c1: [grant] }).state('c1')).toBe('subscribed')
  })
})

describe('sharedRegisters', () => {
  it('of an unknown subject are empty, and of one without links its own', () => {
    const { shared, alone, state } = family([], { p1: [grant] })
    expect(shared('p9')).toEqual({})
    expect(Object.keys(shared('p1'))).toEqual(['group:offers'])
    expect(alone('p1')).toBe(state('p1'))
  })
})

describe('kinOf', () => {
  it('names the subject first, the others sorted', () => {
    const links: readonly Ends[] = [
      ['c1', 'p2', 'owner'],
      ['c1', 'p1', 'owner'],
    ]
    expect(family(links, {}).kin('p2')).toEqual(['p2', 'c1', 'p1'])
    expect(family(links, {}).kin('p9')).toEqual(['p9'])
  })

  it('still names those who were linked once, for their answers change when they are cut', () => {
    expect(family([['c1', 'p1', 'owner', 1, 2]], {}).kin('p1')).toEqual(['p1', 'c1'])
  })

  it('reaches as far as an opt-out of everything does', () => {
    const links: readonly Ends[] = [
      ['c1', 'p1', 'owner'],
      ['p1', 'p2', 'same-person'],
      ['p2', 'c2', 'owner'],
      ['c2', 'p3', 'owner'],
    ]
    const one = family(links, { p3: [leaveAll], p1: [grant] })
    expect([one.state('p1'), one.state('c1')]).toEqual(['unsubscribed', 'unsubscribed'])
    expect(one.kin('p3')).toEqual(['p3', 'c1', 'c2', 'p1', 'p2'])
  })
})
