import * as z from 'zod'
import { channelSchema, familyOf } from './channel.ts'
import type { Group } from './group.ts'
import { brandSchema, groupIdSchema } from './group.ts'

const purposes = z.enum(['marketing', 'any'])
/** A channel stands for its family: a STOP for "sms" must not stand beside the groups it means. */
const familySchema = channelSchema.transform(familyOf)

/**
 * What a signal covers, a chain from narrow to wide: one group, one brand's family, a family,
 * everything. Wide scopes cover marketing groups, or all purposes if they say `purpose: "any"`.
 */
export const scopeSchema = z.union([
  z.strictObject({ group: groupIdSchema }),
  z.strictObject({ brand: brandSchema, family: familySchema, purpose: purposes.optional() }),
  z.strictObject({ family: familySchema, purpose: purposes.optional() }),
  z
    .literal('all')
    .transform((): { all: true; purpose?: z.infer<typeof purposes> } => ({ all: true })),
  z.strictObject({ all: z.literal(true), purpose: purposes.optional() }),
])
export type Scope = z.output<typeof scopeSchema>

/** The spelling of a scope in a register map; two scopes are the same when their keys are. */
export type ScopeKey = string & { readonly brand: 'ScopeKey' }

const anySuffix = '|any'

/** Every key that `scopeKey` can spell, and nothing else. */
export const scopeKeyShape =
  /^(group:[\w.-]+|((brand:[\w.-]+\/|family:)[a-z][a-z0-9-]*|all)(\|any)?)$/

/** The key of a scope: `group:offers`, `brand:acme/whatsapp`, `family:email|any`, `all`. */
export function scopeKey(scope: Scope): ScopeKey {
  if ('group' in scope) return `group:${scope.group}` as ScopeKey
  const suffix = scope.purpose === 'any' ? anySuffix : ''
  if ('brand' in scope) return `brand:${scope.brand}/${scope.family}${suffix}` as ScopeKey
  if ('family' in scope) return `family:${scope.family}${suffix}` as ScopeKey
  return `all${suffix}` as ScopeKey
}

/** The scope that a key spells. */
export function scopeOfKey(key: ScopeKey): Scope {
  const isAny = key.endsWith(anySuffix)
  const purpose = isAny ? { purpose: 'any' as const } : {}
  const body = isAny ? key.slice(0, -anySuffix.length) : key
  if (body === 'all') return { all: true, ...purpose }
  const colon = body.indexOf(':')
  const rest = body.slice(colon + 1)
  if (body.startsWith('group:')) return { group: key.slice('group:'.length) }
  if (body.startsWith('family:')) return { family: rest, ...purpose }
  const slash = rest.indexOf('/')
  return { brand: rest.slice(0, slash), family: rest.slice(slash + 1), ...purpose }
}

/**
 * True for the scope of everything, whatever its purpose: it concerns the person, not one address.
 */
export const isAllScope = (key: ScopeKey): boolean => key === 'all' || key === `all${anySuffix}`

/** One scope that covers a group: where it stands in the chain and which purposes it reaches. */
export type Covering = {
  readonly key: ScopeKey
  /** 0 the group itself, 1 brand and family, 2 family, 3 all. */
  readonly level: 0 | 1 | 2 | 3
  readonly coversAllPurposes: boolean
}

/**
 * The scopes that cover a group, narrow to wide: seven for a marketing group, four for a
 * transactional one, which only scopes with `purpose: "any"` reach.
 */
export function coveringScopes(group: GroupPlace): readonly Covering[] {
  const known = coveringByGroup.get(group)
  if (known !== undefined) return known
  const covering = spellCoveringScopes(group)
  coveringByGroup.set(group, covering)
  return covering
}

/** What places a group among the scopes; none of it ever changes. */
type GroupPlace = Pick<Group, 'id' | 'brand' | 'family' | 'purpose'>

/**
 * Asked for every subject and event, and the same for all of them: spelling the keys costs 1 µs.
 */
const coveringByGroup = new WeakMap<GroupPlace, readonly Covering[]>()

function spellCoveringScopes(group: GroupPlace): readonly Covering[] {
  const { brand, family } = group
  const covering: Covering[] = [
    { key: scopeKey({ group: group.id }), level: 0, coversAllPurposes: false },
  ]
  const wide: readonly [1 | 2 | 3, Scope][] = [
    [1, { brand, family }],
    [2, { family }],
    [3, { all: true }],
  ]
  for (const [level, scope] of wide) {
    if (group.purpose === 'marketing') {
      covering.push({ key: scopeKey(scope), level, coversAllPurposes: false })
    }
    const any = scopeKey({ ...scope, purpose: 'any' })
    covering.push({ key: any, level, coversAllPurposes: true })
  }
  return covering
}

/**
 * True when, of two scopes that cover the same group, `inner` lies within `outer`: not wider in the
 * chain and not reaching more purposes. Only an opt-in from within lifts an opt-out (P17, P18).
 */
export function isWithin(inner: Covering, outer: Covering): boolean {
  if (inner.level === 0) return true
  return inner.level <= outer.level && (outer.coversAllPurposes || !inner.coversAllPurposes)
}

/** True when a scope covers a group. */
export function scopeCovers(scope: Scope, group: Group): boolean {
  if ('group' in scope) return scope.group === group.id
  if (group.purpose === 'transactional' && scope.purpose !== 'any') return false
  if ('brand' in scope && scope.brand !== group.brand) return false
  return 'family' in scope ? scope.family === group.family : true
}
