import type { Address, Channel } from '@ledger/domain'
import { familyOf, sendFailureMethod } from '@ledger/domain'
import { makeSignal } from './make-signal.ts'
import type { ReadContext, Reading } from './provider.ts'
import { nothingSaid } from './provider.ts'

/** A message that could not be sent, as the provider says or the sender's own code. */
export type SendFailure = {
  /** `urn:<provider>:<account>`. */
  readonly urn: string
  readonly code: string
  readonly messageId: string
  /** When the message was given to the provider, RFC 3339; absent when nobody knows. */
  readonly submittedAt?: string | undefined
  readonly address: Address
  readonly channel: Channel
}

/**
 * The codes by which a provider says that the person had opted out before (P19). All others, such
 * as Twilio's 30xxx, WhatsApp's 131026 and 131049 or Telnyx's 40001, say that a message did not
 * arrive, and nothing of consent.
 */
const optOutCodes: Readonly<Record<string, readonly string[]>> = {
  twilio: ['21610'],
  vonage: ['9'],
  telnyx: ['40300'],
  messagebird: ['103'],
  whatsapp: ['131050'],
  // The bot was blocked, or the person never began: either way it may not write.
  telegram: ['403'],
  viber: ['6'],
  sendgrid: ['Unsubscribed Address', 'Spam Reporting Address'],
}

/** Whose failures are understood. */
export const failingProviders = Object.keys(optOutCodes)

/**
 * What a failed send becomes: an inferred opt-out where the provider's code says that there was
 * one. It counts from the submission of the message that failed, because the person must have
 * opted out before; without that time the ledger decides (P19).
 */
export function failureSignals(
  failure: SendFailure,
  provider: string,
  { source, isStale }: ReadContext,
): Reading {
  const { urn, code, messageId, submittedAt, address, channel } = failure
  if (optOutCodes[provider]?.includes(code) !== true) return nothingSaid('send-failure')
  const signal = makeSignal({
    urn,
    id: `${messageId}:failed:opt-out`,
    action: 'opt-out',
    address,
    scope: { brand: source.brand, family: familyOf(channel) },
    actor: 'provider',
    method: sendFailureMethod,
    clock: submittedAt === undefined ? 'server' : 'provider',
    claimedAt: submittedAt,
    evidence: { messageId, code },
    isStale,
  })
  return { signals: [signal], ignored: [] }
}
