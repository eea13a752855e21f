import fc from 'fast-check'
import type { Garbage } from './garbage.ts'

/** One of the keys of one of a few people; small numbers, so that their acts meet. */
export type Who = { readonly person: number; readonly key: 'phone' | 'email' | 'customer' | 'chat' }

/** One thing that happens to a ledger. Plain data, so that a failing history reads as a story. */
export type HistoryStep =
  | {
      readonly do: 'opt-in'
      readonly who: Who
      readonly by: 'web' | 'api' | 'import' | 'start' | 'paper'
      readonly group: number
      readonly alsoCustomer: boolean
      readonly agoMinutes: number
      readonly forMinutes: number | null
    }
  | {
      readonly do: 'opt-out'
      readonly who: Who
      readonly actor: 'person' | 'system' | 'import'
      readonly scope: number
      readonly alsoCustomer: boolean
      readonly agoMinutes: number
    }
  | {
      readonly do: 'request'
      readonly who: Who
      readonly group: number
      readonly forMinutes: number | null
    }
  | { readonly do: 'yes'; readonly who: Who }
  | { readonly do: 'ended'; readonly who: Who; readonly scope: number }
  | { readonly do: 'suspect'; readonly who: Who; readonly scope: number }
  | {
      readonly do: 'resolve'
      readonly who: Who
      readonly scope: number
      readonly decision: 'dismissed' | 'opt-out'
    }
  | {
      readonly do: 'link'
      readonly isCut: boolean
      readonly who: Who
      readonly other: Who
      readonly relation: 'same-person' | 'successor'
    }
  | {
      readonly do: 'correct'
      readonly nth: number
      readonly isProven: boolean
      readonly replacement: 'opt-in' | 'opt-out' | 'ended' | null
      readonly group: number
    }
  | {
      readonly do: 'group'
      readonly change: 'define' | 'archive' | 'reopen'
      readonly group: number
    }
  | { readonly do: 'garbage'; readonly who: Who; readonly garbage: Garbage }
  | { readonly do: 'wait'; readonly minutes: number }
  | {
      readonly do: 'project'
      readonly by: 0 | 1
      readonly steps: number
    }
  | { readonly do: 'restart-projector'; readonly by: 0 | 1 }

/** The ids of the groups that histories speak of; two are names of what every object has. */
export const historyGroups = [
  'offers',
  'sale',
  'news',
  'receipts',
  'zenith',
  'wa-offers',
  'constructor',
  'toString',
] as const

/** The scopes that histories speak of, from narrow to wide. */
export const historyScopes = [
  ...historyGroups.map((group) => ({ group })),
  { brand: 'acme', family: 'carrier-messaging' },
  { brand: 'acme', family: 'carrier-messaging', purpose: 'any' },
  { family: 'carrier-messaging' },
  { family: 'email' },
  'all',
  { all: true, purpose: 'any' },
] as const

const group = fc.nat(historyGroups.length - 1)
const scope = fc.nat(historyScopes.length - 1)
const who = fc.record({
  person: fc.nat(3),
  key: fc.constantFrom('phone', 'phone', 'phone', 'email', 'customer', 'chat'),
} as const)
const agoMinutes = fc.oneof(fc.constant(0), fc.nat(90), fc.nat(60 * 24 * 60))
const forMinutes = fc.option(fc.integer({ min: -5, max: 300 }), { nil: null })

const step = <Name extends HistoryStep['do'], Fields extends object>(
  name: Name,
  fields: { readonly [Field in keyof Fields]: fc.Arbitrary<Fields[Field]> },
) => (fc.record(fields) as fc.Arbitrary<Fields>).map((rest) => ({ do: name, ...rest }))

const { constantFrom } = fc

/** How often each happens beside the others. */
const weighted: readonly (readonly [weight: number, fc.Arbitrary<HistoryStep>])[] = [
  [
    10,
    step('opt-in', {
      by: constantFrom('web', 'api', 'import', 'start', 'paper'),
      ...{ who, group, alsoCustomer: fc.boolean(), agoMinutes, forMinutes },
    }),
  ],
  [
    8,
    step('opt-out', {
      actor: constantFrom('person', 'person', 'system', 'import'),
      ...{ who, scope, alsoCustomer: fc.boolean(), agoMinutes },
    }),
  ],
  [4, step('request', { who, group, forMinutes })],
  [3, step('yes', { who })],
  [2, step('ended', { who, scope })],
  [2, step('suspect', { who, scope })],
  [2, step('resolve', { who, scope, decision: constantFrom('dismissed', 'opt-out') })],
  [
    5,
    step('link', {
      isCut: constantFrom(false, false, true),
      relation: constantFrom('same-person', 'successor'),
      ...{ who, other: who },
    }),
  ],
  [
    5,
    step('correct', {
      replacement: constantFrom(null, 'opt-in', 'opt-out', 'ended'),
      ...{ nth: fc.nat(40), isProven: fc.boolean(), group },
    }),
  ],
  [5, step('group', { change: constantFrom('define'), group })],
  [1, step('group', { change: constantFrom('archive', 'reopen'), group })],
  [
    1,
    step('garbage', {
      garbage: constantFrom('unknown-type', 'unknown-version', 'malformed'),
      who,
    }),
  ],
  [6, step('wait', { minutes: fc.oneof(fc.nat(30), fc.nat(3_000)) })],
  [8, step('project', { by: constantFrom(0, 1), steps: fc.integer({ min: 1, max: 6 }) })],
  [1, step('restart-projector', { by: constantFrom(0, 1) })],
]

/** Histories of a small tenant: everything that may happen, in any order. */
export const historySteps = ({ maxLength }: { readonly maxLength: number }) => {
  const each = fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })))
  return fc.array(each, { minLength: 10, maxLength, size: 'max' })
}
