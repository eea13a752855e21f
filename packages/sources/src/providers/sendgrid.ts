import { createPublicKey, verify as verifySignature } from 'node:crypto'
import * as z from 'zod'
import type { EmailEvent } from '../email-signals.ts'
import { complaintSignal, instantOfSeconds, isUnixSeconds, listSignals } from '../email-signals.ts'
import type { Provider, ReadContext, Reading, ReadSignal, Verdict } from '../provider.ts'
import type { VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, plainAnswer, stale, unsigned } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { failureSignals } from '../send-failures.ts'
import { isAnyGood, sha256Hex } from '../signature.ts'

/** SendGrid's Event Webhook. Facts: web-email.md section 5.2. */
export const sendgrid: Provider = {
  name: 'sendgrid',
  methods: ['POST'],
  signing: 'always',
  needs: ['publicKeys'],
  takes: [],
  verify,
  toSignals,
  answer: plainAnswer,
}

const header = 'x-twilio-email-event-webhook'
const signatureSecondsMax = 300

/** ECDSA over timestamp and body; the body ends with CRLF, which is signed too. */
function verify(raw: RawRequest, { source, nowSeconds }: VerifyContext): Verdict {
  const signature = raw.headers[`${header}-signature`]
  const timestamp = raw.headers[`${header}-timestamp`]
  if (signature === undefined || timestamp === undefined) return unsigned
  const signed = Buffer.concat([Buffer.from(timestamp), raw.body])
  const bytes = Buffer.from(signature, 'base64')
  const isGood = isAnyGood(source.publicKeys, (key) => {
    try {
      const der = Buffer.from(key, 'base64')
      const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' })
      return verifySignature('sha256', signed, publicKey, bytes)
    } catch {
      // A key that is none verifies nothing.
      return false
    }
  })
  if (!isGood) return forged
  return Math.abs(nowSeconds - Number(timestamp)) <= signatureSecondsMax ? believed : stale
}

const eventSchema = z.object({
  event: z.string(),
  email: z.string().min(1),
  timestamp: z.number().refine(isUnixSeconds).optional().catch(undefined),
  sg_event_id: z.string().min(1).optional().catch(undefined),
  sg_message_id: z.string().optional().catch(undefined),
  asm_group_id: z.union([z.number(), z.string()]).transform(String).optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
})
type Event = z.output<typeof eventSchema>

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const json = jsonOf(raw)
  if (!Array.isArray(json)) return null
  const readings = json.map((item: unknown): Reading | null => {
    const parsed = eventSchema.safeParse(item)
    return parsed.success ? readEvent(parsed.data, context) : null
  })
  return {
    signals: readings.flatMap((each) => each?.signals ?? []),
    ignored: readings.flatMap((each) => each?.ignored ?? []),
    hasUnreadable: readings.includes(null),
  }
}

/** The events carry no account; their ids are unique without one. */
const urn = 'urn:sendgrid:events'

function readEvent(sent: Event, context: ReadContext): Reading {
  const { event, email, timestamp, asm_group_id: list, reason = '' } = sent
  const id = sent.sg_event_id ?? `sha256:${sha256Hex(JSON.stringify(sent))}`
  const claimedAt = timestamp === undefined ? undefined : instantOfSeconds(timestamp)
  const evidence = { event, messageId: sent.sg_message_id, list }
  const told: EmailEvent = { urn, id, email, claimedAt, evidence }
  const said = (signals: readonly ReadSignal[]): Reading =>
    signals.length === 0 ? nothingSaid('unknown-list') : { signals, ignored: [] }
  switch (event) {
    case 'unsubscribe':
      return said(listSignals(told, { action: 'opt-out', actor: 'provider' }, context))
    case 'group_unsubscribe':
      return said(listSignals(told, { action: 'opt-out', actor: 'provider', list }, context))
    case 'group_resubscribe':
      // Without its group it would say that everything was joined.
      if (list === undefined) return nothingSaid('unknown-list')
      return said(listSignals(told, { action: 'opt-in', actor: 'provider', list }, context))
    case 'spamreport':
      return said([complaintSignal(told, true, context)])
    case 'dropped': {
      const address = { kind: 'email', value: email }
      const failure = { urn, code: reason, messageId: id, address, channel: 'email' }
      return failureSignals(failure, sendgrid.name, context)
    }
    default:
      return nothingSaid('event-type')
  }
}
