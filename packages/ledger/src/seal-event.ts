import type { EventId } from '@ledger/domain'
import { lengthPrefixed, open, seal } from './seal.ts'

/** What nails a sealed part to its place: moving or relabelling it makes it unreadable. */
export type SealedPlace = {
  readonly stream: string
  readonly id: EventId
  readonly type: string
  /** The stored version: upcasting must not change it, or old events no longer open. */
  readonly schemaVersion: number
}

const aad = (place: SealedPlace): string =>
  lengthPrefixed([place.stream, place.id, place.type, String(place.schemaVersion)])

/** Seals the personal part of an event under its subject's data key. */
export function sealEvent(dataKey: Uint8Array, place: SealedPlace, personal: object): Buffer {
  return seal(dataKey, Buffer.from(JSON.stringify(personal), 'utf8'), aad(place))
}

/** Opens what `sealEvent` sealed; null when the key or the place is another. */
export function openEvent(
  dataKey: Uint8Array,
  place: SealedPlace,
  sealed: Uint8Array,
): Readonly<Record<string, unknown>> | null {
  const plain = open(dataKey, sealed, aad(place))
  return plain === null ? null : (JSON.parse(plain.toString('utf8')) as Record<string, unknown>)
}
