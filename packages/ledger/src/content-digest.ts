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
 * stamped anew each time), the spelling of an address, transport fields.
 */
function contentOf(signal: Signal): string {
  const { source: _source, id: _id, sentAt: _sentAt, addresses, other, ...content } = signal
  const { deliveryDelayMicrosMax: _delay, ...said } = content
  return canonicalJson({
    ...said,
    addresses: addresses.map(matched),
    other: other === undefined ? undefined : matched(other),
  })
}

/** The digest by which a repeat is told from a conflict: HMAC under the subject's key, 16 bytes. */
export function contentDigest(dataKey: Uint8Array, signal: Signal): Buffer {
  return createHmac('sha256', dataKey).update(contentOf(signal)).digest().subarray(0, 16)
}
