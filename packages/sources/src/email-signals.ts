import type { Actor, Evidence, Scope } from '@ledger/domain'
import { formatInstant, microsPerMs } from '@ledger/domain'
import type { Said } from './make-signal.ts'
import { makeSignal } from './make-signal.ts'
import type { ReadContext, ReadSignal } from './provider.ts'
import { groupsOfSender } from './text-signals.ts'

/** What an e-mail provider says of one recipient. */
export type EmailEvent = {
  /** `urn:<provider>:<account>`. */
  readonly urn: string
  /** The provider's id of the event, and of its element where it has several. */
  readonly id: string
  readonly email: string
  /** RFC 3339; absent when the provider gives no time. */
  readonly claimedAt?: string | undefined
  /** What else the provider says; the id of the event goes along by itself. */
  readonly evidence: Evidence
}

type Act = Pick<Said, 'action' | 'scope' | 'actor' | 'method'>

function say(event: EmailEvent, act: Act, element: string, context: ReadContext): ReadSignal {
  const { urn, id, email, claimedAt, evidence } = event
  return makeSignal({
    ...act,
    urn,
    id: `${id}:${act.action}${element}`,
    address: { kind: 'email', value: email },
    clock: claimedAt === undefined ? 'server' : 'provider',
    claimedAt,
    evidence: { providerEventId: id, ...withoutGaps(evidence) },
    isStale: context.isStale,
  })
}

/** What the provider left out is no evidence. */
const withoutGaps = (evidence: EmailEvent['evidence']): Evidence =>
  Object.fromEntries(Object.entries(evidence).filter(([, value]) => (value ?? null) !== null))

/**
 * Somebody called a message spam: an opt-out of all marketing by e-mail (P13, P19). Where the
 * provider cannot say who of several it was, each of them is suspected, held and looked at.
 */
export function complaintSignal(
  event: EmailEvent,
  isCertain: boolean,
  context: ReadContext,
): ReadSignal {
  const action = isCertain ? 'opt-out' : 'intent-suspected'
  const scope: Scope = { family: 'email' }
  return say(event, { action, scope, actor: 'provider', method: 'spam-complaint' }, '', context)
}

/** Who changed a subscription at the provider, and which way. */
export type ListChange = {
  readonly action: 'opt-out' | 'opt-in'
  /** `provider`: it speaks for the person; `staff` and `system`: somebody of ours did it there. */
  readonly actor: Extract<Actor, 'provider' | 'staff' | 'system'>
  /**
   * The provider's name of the list, topic or stream: the groups that name it among their senders
   * are meant. Absent for all that the brand sends.
   */
  readonly list?: string | undefined
}

/**
 * What a change at the provider becomes. To leave a list that no group names is to leave the brand;
 * to join one says nothing, because nobody knows what was joined.
 */
export function listSignals(
  event: EmailEvent,
  { action, actor, list }: ListChange,
  context: ReadContext,
): readonly ReadSignal[] {
  const method = actor === 'provider' ? 'provider-signal' : 'api'
  const act = { action, actor, method }
  const brandWide: Scope = { brand: context.source.brand, family: 'email' }
  const owners = list === undefined ? [] : groupsOfSender(context, 'email', list)
  if (owners.length > 0) {
    return owners.map(({ id }) => {
      return say(event, { ...act, scope: { group: id } }, `:${id}`, context)
    })
  }
  const isLost = action === 'opt-in' && list !== undefined
  return isLost ? [] : [say(event, { ...act, scope: brandWide }, '', context)]
}

/** `Ada <ada@example.com>` is `ada@example.com`. */
export const bareEmail = (text: string): string => /<([^<>]+)>\s*$/.exec(text)?.[1] ?? text

/** Unix seconds, with a fraction or not, as RFC 3339. */
export const instantOfSeconds = (seconds: number): string =>
  formatInstant(Math.round(seconds * 1_000) * microsPerMs)

/** Unix seconds that can be a time at all. */
export const isUnixSeconds = (seconds: number): boolean => seconds >= 0 && seconds < 1e11
