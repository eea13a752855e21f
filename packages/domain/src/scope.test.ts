import { describe, expect, it } from 'vitest'
import type { Group } from './group.ts'
import type { Scope, ScopeKey } from './scope.ts'
import {
  coveringScopes,
  isAllScope,
  isWithin,
  scopeCovers,
  scopeKey,
  scopeKeyShape,
  scopeOfKey,
  scopeSchema,
} from './scope.ts'
import { groups } from './testing/groups.ts'
import { isSubset, textCovers, universe } from './testing/oracle.ts'

const all: readonly Group[] = Object.values(groups)

const spellings: readonly (readonly [Scope, string])[] = [
  [{ group: 'offers' }, 'group:offers'],
  [{ group: 'A.b_c-9' }, 'group:A.b_c-9'],
  [{ brand: 'acme', family: 'whatsapp' }, 'brand:acme/whatsapp'],
  [{ brand: 'Acme.EU', family: 'email', purpose: 'any' }, 'brand:Acme.EU/email|any'],
  [{ family: 'carrier-messaging' }, 'family:carrier-messaging'],
  [{ family: 'email', purpose: 'any' }, 'family:email|any'],
  [{ all: true }, 'all'],
  [{ all: true, purpose: 'any' }, 'all|any'],
]

describe('the key of a scope', () => {
  it.each(spellings)('of %j is %s, and spells the same scope again', (scope, key) => {
    expect(scopeKey(scope)).toBe(key)
    expect(scopeOfKey(key as ScopeKey)).toEqual(scope)
    expect(scopeSchema.parse(scope)).toEqual(scope)
    expect(key).toMatch(scopeKeyShape)
  })

  it('is one for the spellings that mean the same', () => {
    const keyOf = (scope: unknown) => scopeKey(scopeSchema.parse(scope))
    expect(keyOf('all')).toBe(keyOf({ all: true, purpose: 'marketing' }))
    expect(keyOf({ family: 'email', purpose: 'marketing' })).toBe(keyOf({ family: 'email' }))
    expect(keyOf({ family: 'sms' })).toBe(keyOf({ family: 'carrier-messaging' }))
    expect(keyOf({ brand: 'acme', family: 'rcs' })).toBe('brand:acme/carrier-messaging')
  })

  it.each([
    ['everything'],
    [{ group: '' }],
    [{ group: 'a b' }],
    [{ group: 'offers', purpose: 'any' }],
    [{ brand: 'acme' }],
    [{ brand: 'a/b', family: 'sms' }],
    [{ family: 'SMS' }],
    [{ family: 'sms', purpose: 'transactional' }],
    [{ all: false }],
    [{}],
    [null],
  ])('is not given to %j, which is no scope', (scope) => {
    expect(scopeSchema.safeParse(scope).success).toBe(false)
  })

  it.each([
    ['allfoo'],
    ['group:'],
    ['group:a b'],
    ['brand:acme'],
    ['family:a|all'],
    ['all|any|any'],
  ])('is never %j', (key) => {
    expect(key).not.toMatch(scopeKeyShape)
  })

  it('tells everything from the rest', () => {
    const keys = spellings.map(([scope]) => scopeKey(scope)).filter(isAllScope)
    expect(keys).toEqual(['all', 'all|any'])
  })
})

describe('coveringScopes', () => {
  it('are seven for a marketing group, narrow to wide', () => {
    expect(coveringScopes(groups.offers).map(({ key }) => key)).toEqual([
      'group:offers',
      'brand:acme/carrier-messaging',
      'brand:acme/carrier-messaging|any',
      'family:carrier-messaging',
      'family:carrier-messaging|any',
      'all',
      'all|any',
    ])
  })

  it('are four for a transactional group: itself and those of any purpose', () => {
    expect(coveringScopes(groups.receipts).map(({ key }) => key)).toEqual([
      'group:receipts',
      'brand:acme/carrier-messaging|any',
      'family:carrier-messaging|any',
      'all|any',
    ])
  })

  it('are spelled once for each group', () => {
    expect(coveringScopes(groups.offers)).toBe(coveringScopes(groups.offers))
    expect(coveringScopes({ ...groups.offers })).toEqual(coveringScopes(groups.offers))
  })

  it('are exactly the scopes that cover the group, as the text of the scope says', () => {
    for (const place of universe) {
      const group = { ...groups.offers, ...place }
      const keys = [
        ...new Set(universe.flatMap((each) => coveringScopes(each).map(({ key }) => key))),
      ]
      const covering = coveringScopes(place).map(({ key }) => key)
      for (const key of keys) {
        expect([key, covering.includes(key)]).toEqual([key, textCovers(key, place)])
        expect([key, scopeCovers(scopeOfKey(key), group)]).toEqual([key, textCovers(key, place)])
      }
    }
  })
})

describe('isWithin', () => {
  it('is inclusion of the sets of groups, for any two scopes that cover a group', () => {
    for (const group of all) {
      for (const inner of coveringScopes(group)) {
        for (const outer of coveringScopes(group)) {
          // Of a group scope the set is that one group, in whatever brand and family it lies.
          const expected = inner.level === 0 || (outer.level > 0 && isSubset(inner.key, outer.key))
          expect([inner.key, outer.key, isWithin(inner, outer)]).toEqual([
            inner.key,
            outer.key,
            expected,
          ])
        }
      }
    }
  })
})
