import * as z from 'zod'
import type { Provider, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, plainAnswer, stale, unsigned } from '../provider.ts'
import { phoneOf } from '../phone-of.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { hmac, isAnyGood, isSame } from '../signature.ts'
import { textSignals } from '../text-signals.ts'

/** Sinch SMS (REST), callbacks of inbound messages. Facts: sms.md section 4.1. */
export const sinch: Provider = {
  name: 'sinch',
  methods: ['POST'],
  // Its HMAC is a setting; without it there are basic authentication and mutual TLS.
  signing: 'optional',
  needs: [],
  takes: ['secrets'],
  verify,
  toSignals,
  answer: plainAnswer,
}

/** Retries go on for 22 h 45 min, or for 45 h: the documentation can be read both ways. */
const signatureSecondsMax = 48 * 3_600

/** Over `<body>.<nonce>.<timestamp>`, of the bytes and not of JSON written anew. */
function verify(raw: RawRequest, { source, nowSeconds }: VerifyContext): Verdict {
  if (source.secrets === undefined) return believed
  const given = raw.headers['x-sinch-webhook-signature']
  const timestamp = raw.headers['x-sinch-webhook-signature-timestamp']
  const nonce = raw.headers['x-sinch-webhook-signature-nonce']
  const algorithm = raw.headers['x-sinch-webhook-signature-algorithm'] ?? 'HmacSHA256'
  if (given === undefined || timestamp === undefined || nonce === undefined) return unsigned
  if (algorithm !== 'HmacSHA256') return forged
  const signed = Buffer.concat([raw.body, Buffer.from(`.${nonce}.${timestamp}`)])
  const isGood = isAnyGood(source.secrets, (secret) =>
    isSame(given, hmac('sha256', secret, signed).toString('base64')),
  )
  if (!isGood) return forged
  return Math.abs(nowSeconds - Number(timestamp)) <= signatureSecondsMax ? believed : stale
}

const inboundSchema = z.object({
  type: z.string(),
  id: z.string().min(1).optional().catch(undefined),
  from: z.string().min(1).optional().catch(undefined),
  to: z.string().catch(''),
  body: z
    .union([z.string(), z.object({ message: z.string() }).transform(({ message }) => message)])
    .catch(''),
  received_at: z.string().optional().catch(undefined),
})

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const parsed = inboundSchema.safeParse(jsonOf(raw))
  if (!parsed.success) return null
  const { type, id, from, to, body, received_at: claimedAt } = parsed.data
  if (type !== 'mo_text' && type !== 'mo_media') return nothingSaid('message-type')
  if (id === undefined || from === undefined) return null
  const channel = type === 'mo_media' ? 'mms' : 'sms'
  const method = 'sms-keyword'
  // The payload names no account.
  const urn = 'urn:sinch:sms'
  const inbound = { urn, messageId: id, from: phoneOf(from), channel, to, text: body, method }
  return textSignals({ ...inbound, method, claimedAt }, context)
}
