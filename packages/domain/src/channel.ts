import * as z from 'zod'

/** A channel or family name: lower-case words joined by hyphens. */
export const channelSchema = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/)
export type Channel = z.infer<typeof channelSchema>
/** Channels that share opt-outs at the carrier. */
export type Family = string

const carrierChannels: ReadonlySet<string> = new Set(['sms', 'mms', 'rcs'])

/**
 * The family of a channel: SMS, MMS and RCS share one (precedence P12), every other stands alone.
 */
export function familyOf(channel: Channel): Family {
  return carrierChannels.has(channel) ? 'carrier-messaging' : channel
}

// A map, not an object: kinds are open, and `constructor` is one too.
const familyByKind: ReadonlyMap<string, Family> = new Map([
  ['phone', 'carrier-messaging'],
  ['whatsapp-user', 'whatsapp'],
  ['messenger-user', 'messenger'],
  ['telegram-user', 'telegram'],
  ['viber-user', 'viber'],
])

/** The family an address of this kind is reached in; an external id is reached in none. */
export function familyOfKind(kind: string): Family | null {
  if (kind === 'external-id') return null
  return familyByKind.get(kind) ?? kind
}
