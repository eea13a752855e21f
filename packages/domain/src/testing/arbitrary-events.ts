import fc from 'fast-check'
import { authorities } from '../authority.ts'
import type { SubjectEvent, SubjectEventType } from '../events.ts'
import type { EventId, SubjectId } from '../identifiers.ts'
import type { ScopeKey } from '../scope.ts'

/** Few instants and few ids, so that ties, repeats and hits of a correction are common. */
const instant = fc.nat(7)
const id = fc.nat(40)

/**
 * The act that an event is a copy of stands in another subject's stream, under an id of its own.
 */
const originalOf = (nth: number): number => 100 + nth

export const idOf = (nth: number): EventId =>
  `00000000-0000-8000-8000-${String(nth).padStart(12, '0')}` as EventId
export const subjectOf = (nth: number): SubjectId =>
  `00000000-0000-7000-8000-${String(nth).padStart(12, '0')}` as SubjectId

/** Scopes around the groups of `groups.ts` that meet in `offers`, `receipts` and `otherBrand`. */
export const scopeKeys = [
  'group:offers',
  'group:sale',
  'group:receipts',
  'group:other-brand',
  'brand:acme/carrier-messaging',
  'brand:acme/carrier-messaging|any',
  'family:carrier-messaging',
  'family:carrier-messaging|any',
  'all',
  'all|any',
] as ScopeKey[]
const scope = fc.oneof(
  { weight: 2, arbitrary: fc.constant(scopeKeys[0] as ScopeKey) },
  { weight: 3, arbitrary: fc.constantFrom(...scopeKeys) },
)

const types: readonly { readonly type: SubjectEventType; readonly weight: number }[] = [
  { type: 'OptedIn', weight: 8 },
  { type: 'OptedOut', weight: 6 },
  { type: 'OptInRequested', weight: 3 },
  { type: 'ConsentEnded', weight: 3 },
  { type: 'Corrected', weight: 2 },
  { type: 'OptInQuarantined', weight: 1 },
  { type: 'IntentSuspected', weight: 1 },
  { type: 'IntentResolved', weight: 1 },
  { type: 'SendBlocked', weight: 1 },
  { type: 'SendUnblocked', weight: 1 },
  { type: 'AddressLinked', weight: 1 },
  { type: 'AddressUnlinked', weight: 1 },
  { type: 'SubjectErased', weight: 1 },
]
const anyType = fc.oneof(
  ...types.map(({ type, weight }) => ({ weight, arbitrary: fc.constant(type) })),
)

const replacement = fc.record(
  {
    type: fc.constantFrom('OptedIn' as const, 'OptedOut' as const, 'ConsentEnded' as const),
    scope,
    authority: fc.constantFrom(...authorities),
    effectiveAt: instant,
    bound: instant,
    ruleId: fc.constant('P26'),
  },
  { noNullPrototype: true },
)

/** Every field that any type of event has; each event takes those of its type. */
const fields = fc.record(
  {
    id,
    scope,
    authority: fc.constantFrom(...authorities),
    bound: instant,
    effectiveAt: instant,
    recordedAt: instant,
    until: fc.option(fc.nat(9), { nil: undefined }),
    isCopy: fc.boolean(),
    voids: fc.array(fc.oneof(id, id.map(originalOf)), { minLength: 1, maxLength: 3 }),
    replacement: fc.option(replacement, { nil: undefined }),
    other: fc.nat(2),
    relation: fc.constantFrom('owner' as const, 'same-person' as const, 'successor' as const),
    type: anyType,
  },
  { noNullPrototype: true },
)
type Fields = typeof fields extends fc.Arbitrary<infer Value> ? Value : never

function eventOf(from: Fields): SubjectEvent {
  const { type, bound, effectiveAt, scope: covered, authority, until } = from
  const said = { actor: 'person', method: 'web-form', clock: 'server', kind: 'phone' } as const
  const copyOf = from.isCopy ? { copyOf: idOf(originalOf(from.id)) } : {}
  const timed = { ...said, ...copyOf, policyVersion: 'test', bound, effectiveAt, ruleId: 'P1' }
  const own = { id: idOf(from.id), recordedAt: from.recordedAt }
  const data = { ...timed, scope: covered, authority }
  switch (type) {
    case 'OptedIn':
      return { ...own, type, data: { ...data, ...(until === undefined ? {} : { until }) } }
    case 'OptInRequested':
      return { ...own, type, data: { ...data, until: until ?? 9 } }
    case 'OptInQuarantined':
      return { ...own, type, data: { ...data, reason: 'evidence-missing' } }
    case 'IntentResolved':
      return { ...own, type, data: { ...data, decision: 'dismissed' } }
    case 'AddressLinked':
    case 'AddressUnlinked': {
      const ends = { other: subjectOf(from.other), otherKind: 'email', relation: from.relation }
      return { ...own, type, data: { ...timed, ...ends } }
    }
    case 'Corrected': {
      const replaced = from.replacement === undefined ? {} : { replacement: from.replacement }
      return { ...own, type, data: { ...timed, voids: from.voids.map(idOf), ...replaced } }
    }
    case 'SubjectErased':
      return { ...own, type, data: { policy: 'full' } }
    default:
      return { ...own, type, data }
  }
}

const uniqueEvents = (from: fc.Arbitrary<Fields>, maxLength: number) =>
  fc.uniqueArray(from, { maxLength, selector: (each) => each.id }).map((all) => all.map(eventOf))

/** The events of one subject, of every type, corrections and links among them. */
export const subjectEvents = uniqueEvents(fields, 14)

/** The same without corrections, so that nothing is void. */
export const eventsWithoutCorrections = uniqueEvents(
  fields.map((each) => (each.type === 'Corrected' ? { ...each, type: 'OptedOut' as const } : each)),
  14,
)

/** Events of the types given only. */
export const eventsOf = (kept: readonly SubjectEventType[], maxLength: number) =>
  uniqueEvents(
    fc.tuple(fields, fc.constantFrom(...kept)).map(([each, type]) => ({ ...each, type })),
    maxLength,
  )
