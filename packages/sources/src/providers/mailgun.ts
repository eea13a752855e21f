import * as z from 'zod'
import type { EmailEvent } from '../email-signals.ts'
import { complaintSignal, instantOfSeconds, isUnixSeconds, listSignals } from '../email-signals.ts'
import type { Provider, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { forged, nothingSaid, plainAnswer, unsigned } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { formOf, jsonOf, mediaTypeOf } from '../raw-request.ts'
import { hmac, isAnyGood, isSame } from '../signature.ts'

/**
 * Mailgun. Its signature covers a timestamp and a token, not the event: whoever saw one could write
 * another event under it. So a source needs another credential besides, and a token is good for one
 * body only. Facts: web-email.md section 5.3.
 */
export const mailgun: Provider = {
  name: 'mailgun',
  methods: ['POST'],
  signing: 'never',
  needs: ['secrets'],
  takes: [],
  verify,
  toSignals,
  answer: plainAnswer,
}

const signatureSchema = z.object({
  timestamp: z.string().regex(/^\d{1,12}$/),
  token: z.string().min(1).max(256),
  signature: z.string(),
})

const eventSchema = z.object({
  event: z.string(),
  recipient: z.string().optional().catch(undefined),
  timestamp: z.number().refine(isUnixSeconds).optional().catch(undefined),
  tag: z.string().optional().catch(undefined),
  'mailing-list': z
    .union([z.string(), z.object({ address: z.string() }).transform(({ address }) => address)])
    .optional()
    .catch(undefined),
  message: z
    .object({ headers: z.object({ 'message-id': z.string() }) })
    .optional()
    .catch(undefined),
})

const bodySchema = z.object({ signature: z.unknown(), 'event-data': z.unknown() })

/** The two halves of a body: JSON, or the older form, where variables of ours come first. */
function halvesOf(raw: RawRequest): { readonly signature: unknown; readonly event: unknown } {
  if (mediaTypeOf(raw) !== 'application/x-www-form-urlencoded') {
    const body = bodySchema.safeParse(jsonOf(raw)).data
    return { signature: body?.signature, event: body?.['event-data'] }
  }
  const form = formOf(raw)
  const fields = Object.fromEntries(
    [...new Set(form.keys())].map((name) => [name, form.getAll(name).at(-1)]),
  )
  return { signature: fields, event: { ...fields, timestamp: Number(fields['timestamp']) } }
}

const signatureSecondsMax = 300

function verify(raw: RawRequest, { source, nowSeconds }: VerifyContext): Verdict {
  const parsed = signatureSchema.safeParse(halvesOf(raw).signature)
  if (!parsed.success) return unsigned
  const { timestamp, token, signature } = parsed.data
  const isGood = isAnyGood(source.secrets, (secret) =>
    isSame(signature, hmac('sha256', secret, timestamp + token).toString('hex')),
  )
  if (!isGood) return forged
  const isStale = Math.abs(nowSeconds - Number(timestamp)) > signatureSecondsMax
  return { isTrue: true, isStale, token }
}

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const { signature, event: sent } = halvesOf(raw)
  const token = signatureSchema.safeParse(signature).data?.token
  const parsed = eventSchema.safeParse(sent)
  if (!parsed.success || token === undefined) return null
  const { event, recipient, timestamp, tag, message } = parsed.data
  if (event !== 'unsubscribed' && event !== 'complained') return nothingSaid('event-type')
  if (recipient === undefined || recipient === '') return null
  const list = parsed.data['mailing-list'] ?? tag
  const told: EmailEvent = {
    urn: 'urn:mailgun:events',
    // Its own id is unique within a day only.
    id: token,
    email: recipient,
    claimedAt: timestamp === undefined ? undefined : instantOfSeconds(timestamp),
    evidence: { event, messageId: message?.headers['message-id'], list },
  }
  if (event === 'complained') {
    return { signals: [complaintSignal(told, true, context)], ignored: [] }
  }
  const change = { action: 'opt-out', actor: 'provider', list } as const
  return { signals: listSignals(told, change, context), ignored: [] }
}
