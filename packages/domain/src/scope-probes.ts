import { defineGroup } from './group.ts'
import type { Group, Purpose } from './group.ts'
import type { GroupId } from './identifiers.ts'
import type { ScopeKey } from './scope.ts'
import { scopeCovers, scopeOfKey } from './scope.ts'

// No tenant can name these: they are in no alphabet that the schemas take.
const elsewhere = '*'

const probe = (id: string, brand: string, family: string, purpose: Purpose): Group => ({
  ...defineGroup(id as GroupId, {
    name: '',
    channel: family,
    brand,
    purpose,
    senders: [],
    doubleOptIn: false,
    confirmWithinDays: 30,
  }),
  family,
})

/**
 * Groups that stand for all that a scope covers: those defined, and one of each purpose that the
 * scope reaches and nobody has defined. What holds for all of them holds for the whole scope.
 */
export function probesOf(key: ScopeKey, groups: readonly Group[]): readonly Group[] {
  const scope = scopeOfKey(key)
  const covered = groups.filter((group) => scopeCovers(scope, group))
  if ('group' in scope) {
    return covered.length > 0 ? covered : [probe(scope.group, elsewhere, elsewhere, 'marketing')]
  }
  const brand = 'brand' in scope ? scope.brand : elsewhere
  const family = 'family' in scope ? scope.family : elsewhere
  const purposes: readonly Purpose[] =
    scope.purpose === 'any' ? ['marketing', 'transactional'] : ['marketing']
  return [...covered, ...purposes.map((purpose) => probe(elsewhere, brand, family, purpose))]
}
