import type { Verdict, VerifyContext } from './provider.ts'
import { believed, forged, stale, unsigned } from './provider.ts'
import type { RawRequest } from './raw-request.ts'
import { hmac, isAnyGood, isSame } from './signature.ts'

/** How far the time of an attempt may be off in either direction, in seconds. */
const attemptSecondsMax = 300
const secretPrefix = 'whsec_'
const signaturePrefix = 'v1,'
/** A rotation sends two signatures; nobody has use for more than some. */
const signaturesMax = 16

/** The id of a message, the same for all its retries. */
export const webhookIdOf = ({ headers }: RawRequest): string | undefined => headers['webhook-id']

/**
 * Verifies by Standard Webhooks: `webhook-signature` holds `v1,<base64>`, an HMAC-SHA256 over
 * `<id>.<timestamp>.<body>`; several, with spaces between, while a secret is replaced. Versions
 * that are not known are passed over. Facts: web-email.md section 6.
 */
export function verifyStandardWebhook(
  raw: RawRequest,
  { source, nowSeconds }: VerifyContext,
): Verdict {
  const id = webhookIdOf(raw)
  const timestamp = raw.headers['webhook-timestamp']
  const signatures = raw.headers['webhook-signature']
  if (id === undefined || timestamp === undefined || signatures === undefined) return unsigned
  const given = signatures
    .split(' ', signaturesMax)
    .filter((each) => each.startsWith(signaturePrefix))
    .map((each) => each.slice(signaturePrefix.length))
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), raw.body])
  const isGood = isAnyGood(source.secrets, (secret) => {
    const expected = hmac('sha256', keyOf(secret), signed).toString('base64')
    return isAnyGood(given, (each) => isSame(each, expected))
  })
  // A dot in the id would let one signature stand for another cut of the same text.
  if (!isGood || id.includes('.') || !/^\d{1,12}$/.test(timestamp)) return forged
  return Math.abs(nowSeconds - Number(timestamp)) <= attemptSecondsMax ? believed : stale
}

/** `whsec_` stands before base64; a secret without it is taken as it is written. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith(secretPrefix)
    ? Buffer.from(secret.slice(secretPrefix.length), 'base64')
    : Buffer.from(secret, 'utf8')
