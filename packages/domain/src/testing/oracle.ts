import type { Authority } from '../authority.ts'
import type { SubjectEvent } from '../events.ts'
import type { Group } from '../group.ts'

/**
 * The text of the law (design section 4) read word by word over a plain list of events: no
 * registers, no joins, scopes as sets of groups. Slow and independent, to judge the fast one by.
 */
type Act = {
  readonly kind:
    'in' | 'out' | 'requested' | 'ended' | 'suspected' | 'cleared' | 'blocked' | 'unblocked'
  readonly id: string
  readonly scope: string
  readonly authority: Authority
  readonly bound: number
  readonly until: number
}

const kinds: Readonly<Record<string, Act['kind']>> = {
  OptedIn: 'in',
  OptedOut: 'out',
  OptInRequested: 'requested',
  ConsentEnded: 'ended',
  IntentSuspected: 'suspected',
  IntentResolved: 'cleared',
  SendBlocked: 'blocked',
  SendUnblocked: 'unblocked',
}

/** The acts of the events that no correction has voided. */
function actsOf(events: readonly SubjectEvent[]): readonly Act[] {
  const voids = events.flatMap((event) => (event.type === 'Corrected' ? event.data.voids : []))
  return events.flatMap((event): Act[] => {
    const copyOf = 'copyOf' in event.data ? event.data.copyOf : undefined
    if (voids.some((id) => id === event.id || id === copyOf)) return []
    const said = event.type === 'Corrected' ? event.data.replacement : event
    const kind = said === undefined ? undefined : kinds[said.type]
    const data = event.type === 'Corrected' ? event.data.replacement : event.data
    if (kind === undefined || data === undefined || !('scope' in data)) return []
    const { scope, authority, bound } = data
    const until = 'until' in data ? (data.until ?? Infinity) : Infinity
    return [{ kind, id: copyOf ?? event.id, scope, authority, bound, until }]
  })
}

type Place = Pick<Group, 'id' | 'brand' | 'family' | 'purpose'>

/** Every group there might be, as far as scopes can tell groups apart. */
export const universe: readonly Place[] = ['acme', 'zenith', 'third'].flatMap((brand) =>
  ['carrier-messaging', 'email', 'whatsapp', 'third'].flatMap((family) =>
    (['marketing', 'transactional'] as const).flatMap((purpose) =>
      ['offers', 'sale', 'receipts', 'other-brand', 'more'].map((id) => ({
        id: id as Group['id'],
        brand,
        family,
        purpose,
      })),
    ),
  ),
)

/** True when the text of a scope, read for itself, covers a group. */
export function textCovers(scope: string, { id, brand, family, purpose }: Place): boolean {
  if (scope.startsWith('group:')) return scope === `group:${id}`
  const [reach = '', any] = scope.split('|')
  if (purpose === 'transactional' && any === undefined) return false
  return reach === 'all' || reach === `family:${family}` || reach === `brand:${brand}/${family}`
}

/** True when, of the groups there might be, the inner scope covers none that the outer does not. */
export const isSubset = (inner: string, outer: string): boolean =>
  universe.every((group) => !textCovers(inner, group) || textCovers(outer, group))

const strength = { person: 3, producer: 2, import: 1 } as const

/** What the law says of one group: the state, and what stands beside it. */
export function oracle(events: readonly SubjectEvent[], group: Group, at: number) {
  const acts = actsOf(events).filter((act) => textCovers(act.scope, group))
  const of = (kind: Act['kind']) => acts.filter((act) => act.kind === kind)
  const latestBound = (some: readonly Act[]) => Math.max(-Infinity, ...some.map((act) => act.bound))
  const ofGroup = (act: Act) => act.scope === `group:${group.id}`
  // "Keeps the latest stamp (bound, eventId)": of several, only the latest tells its time to run
  // out.
  const newest = (some: readonly Act[]) =>
    some.toSorted((a, b) => a.bound - b.bound || (a.id < b.id ? -1 : 1)).slice(-1)

  // A scope is narrower as seen from this group: the group itself lies within all that cover it.
  const isAtOrWithin = (inner: Act, outer: Act) =>
    ofGroup(inner) || isSubset(inner.scope, outer.scope)
  const isLiftedBy = (out: Act) => (optIn: Act) =>
    optIn.bound > out.bound &&
    strength[optIn.authority] >= strength[out.authority] &&
    isAtOrWithin(optIn, out)
  const standingOuts = of('out').filter((out) => !of('in').some(isLiftedBy(out)))
  const optIns = (['person', 'producer', 'import'] as const).flatMap((authority) =>
    newest(of('in').filter((act) => ofGroup(act) && act.authority === authority)),
  )
  const grants = optIns.filter((act) => act.until > at)
  const requests = newest(of('requested').filter(ofGroup))
  const standing = latestBound(standingOuts)
  const ended = latestBound(of('ended'))
  const granted = latestBound(grants)
  const requested = latestBound(requests.filter((act) => act.until > at))
  const answered = latestBound(optIns.filter((act) => act.authority === 'person'))

  const isStanding = standingOuts.length > 0
  const isEnded = of('ended').length > 0 && !(granted > ended)
  const isGranted = grants.length > 0 && granted > ended
  const isAsked = requested > standing && requested > ended && requested > answered
  const isOpen = (opened: Act['kind'], closed: Act['kind']) =>
    of(opened).some((act) => {
      const closing = of(closed).filter((other) => other.scope === act.scope)
      return !(latestBound(closing) > act.bound)
    })
  const cases = {
    pending: (!isGranted || isStanding) && isAsked,
    unsubscribed: isStanding && standing >= ended,
    ended: isEnded,
    stillUnsubscribed: isStanding,
    subscribed: isGranted,
    expired: optIns.length + requests.length > 0,
    never: true,
  }
  const [first = 'never'] = Object.entries(cases).flatMap(([name, holds]) => (holds ? [name] : []))
  return {
    state: first === 'stillUnsubscribed' ? 'unsubscribed' : first,
    isOptOutStanding: isStanding,
    held: isOpen('suspected', 'cleared'),
    sendBlock: isOpen('blocked', 'unblocked'),
  }
}
