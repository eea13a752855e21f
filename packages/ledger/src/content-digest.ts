import { createHmac } from 'node:crypto'
import type { NormalAddress, Signal } from '@ledger/domain'

/** JSON with sorted keys and without `undefined`, so that equal contents are equal texts. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) return 'null'
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

const matched = ({ kind, value }: NormalAddress): readonly string[] => [kind, value]

/**
 * The content of a signal, without what a retry may change: the sender's own clock (`sentAt` is
 * stamped anew each time), the spelling of an address, transport fields. A list in a fixed order,
 * because sorting the names of all fields takes longer than the digest itself.
 */
function contentOf(signal: Signal): string {
  const { action, addresses, scope, actor, method, clock, claimedAt, until, evidence } = signal
  const { other, relation, voids, replacement, decision, salvaged } = signal
  const rest =
    other === undefined && voids === undefined && decision === undefined
      ? null
      : canonicalJson([other && matched(other), relation, voids, replacement, decision])
  return JSON.stringify([
    ...[action, addresses.map(matched), scope, actor, method, clock, claimedAt ?? null],
    ...[until ?? null, salvaged ?? null, canonicalJson(evidence), rest],
  ])
}

/** The digest by which a repeat is told from a conflict: HMAC under the subject's key, 16 bytes. */
export function contentDigest(dataKey: Uint8Array, signal: Signal): Buffer {
  return createHmac('sha256', dataKey).update(contentOf(signal)).digest().subarray(0, 16)
}
