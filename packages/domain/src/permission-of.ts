import type { Group } from './group.ts'
import type { State, StateAnswer } from './state-of.ts'

/** Why a message may or may not be sent. The first two permit, all others deny. */
export const permissionReasons = [
  'subscribed',
  'transactional',
  'unsubscribed',
  'never',
  'pending',
  'expired',
  'ended',
  'held',
  'blocked',
  'archived',
  'stale',
  'unknown-group',
  'invalid-address',
] as const
export type PermissionReason = (typeof permissionReasons)[number]

export type Permission = { readonly permitted: boolean; readonly reason: PermissionReason }

const deny = (reason: PermissionReason): Permission => ({ permitted: false, reason })

/**
 * May we message? The state decides; what stands beside it (`held`, `sendBlock`) and what the
 * answer rests on (an archived group, a read model outside its window) can only deny. A
 * transactional group needs no grant: it is permitted unless an opt-out that covers it stands.
 */
export function permissionOf(group: Group, answer: StateAnswer, isStale: boolean): Permission {
  if (isStale) return deny('stale')
  if (group.isArchived) return deny('archived')
  const byState = permissionByState(group, answer)
  if (!byState.permitted) return byState
  if (answer.held) return deny('held')
  return answer.sendBlock ? deny('blocked') : byState
}

function permissionByState(group: Group, answer: StateAnswer): Permission {
  if (group.purpose === 'transactional') {
    return answer.isOptOutStanding
      ? deny('unsubscribed')
      : { permitted: true, reason: 'transactional' }
  }
  const state: State = answer.state
  return state === 'subscribed' ? { permitted: true, reason: 'subscribed' } : deny(state)
}
