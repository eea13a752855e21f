/**
 * Makes the signals of a load: half of them about addresses that are new, half about known ones.
 */
export type SignalSource = {
  readonly next: () => object
  /** An address that was used before. */
  readonly knownAddress: () => { readonly kind: string; readonly value: string }
  readonly made: () => number
}

export const benchGroup = 'offers'
export const benchGroupDefinition = {
  name: 'Offers',
  channel: 'sms',
  brand: 'acme',
  purpose: 'marketing',
}

/** @param run keeps the ids of several loads on one ledger apart */
export function signalSource(run: string, seed: number): SignalSource {
  const random = mulberry32(seed)
  let made = 0
  let addresses = 0
  const addressAt = (n: number) => ({ kind: 'phone', value: `+1${2_012_000_000 + n}` })
  const knownAddress = () => addressAt(Math.floor(random() * addresses))

  return {
    made: () => made,
    knownAddress,
    next: () => {
      const n = made
      made += 1
      const isNew = n % 2 === 0
      if (isNew) addresses += 1
      const address = isNew ? addressAt(addresses - 1) : knownAddress()
      const isOptOut = n % 5 === 4
      const id = `${run}-${n}`
      return {
        specversion: '1.0',
        type: isOptOut ? 'subscription.opt-out' : 'subscription.opt-in',
        source: 'urn:acme:bench',
        id,
        time: new Date().toISOString(),
        data: {
          address,
          scope: { group: benchGroup },
          actor: 'person',
          method: isOptOut ? 'sms-keyword' : 'web-form',
          evidence: isOptOut
            ? { messageId: `SM${id}` }
            : { disclosureId: 'terms-2026-11', formUrl: 'https://acme.example/join' },
        },
      }
    },
  }
}

/** A small seeded generator, so that every run sends the same. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
