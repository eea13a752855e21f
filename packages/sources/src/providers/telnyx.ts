import { createPublicKey, verify as verifySignature } from 'node:crypto'
import * as z from 'zod'
import type { Provider, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, plainAnswer, stale, unsigned } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { failureSignals } from '../send-failures.ts'
import { isAnyGood } from '../signature.ts'
import type { ProviderFlag } from '../text-signals.ts'
import { textSignals } from '../text-signals.ts'

/** Telnyx Messaging, webhooks of version 2. Facts: sms.md section 5. */
export const telnyx: Provider = {
  name: 'telnyx',
  methods: ['POST'],
  signing: 'always',
  needs: ['publicKeys'],
  takes: [],
  verify,
  toSignals,
  answer: plainAnswer,
}

/** What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410). */
const derPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const signatureSecondsMax = 300

/** Over `<timestamp>|<body>`, with the public key that the account shows. */
function verify(raw: RawRequest, { source, nowSeconds }: VerifyContext): Verdict {
  const signature = raw.headers['telnyx-signature-ed25519']
  const timestamp = raw.headers['telnyx-timestamp']
  if (signature === undefined || timestamp === undefined) return unsigned
  const signed = Buffer.concat([Buffer.from(`${timestamp}|`), raw.body])
  const bytes = Buffer.from(signature, 'base64')
  const isGood = isAnyGood(source.publicKeys, (key) => {
    const der = Buffer.concat([derPrefix, Buffer.from(key, 'base64')])
    if (der.length !== derPrefix.length + 32 || bytes.length !== 64) return false
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' })
    return verifySignature(null, signed, publicKey, bytes)
  })
  if (!isGood) return forged
  return Math.abs(nowSeconds - Number(timestamp)) <= signatureSecondsMax ? believed : stale
}

const eventSchema = z.object({
  data: z.object({
    event_type: z.string(),
    occurred_at: z.string().optional().catch(undefined),
    payload: z.object({
      id: z.string().min(1),
      direction: z.string().optional().catch(undefined),
      organization_id: z.string().optional().catch(undefined),
      from: z.object({ phone_number: z.string() }).optional().catch(undefined),
      to: z.array(z.object({ phone_number: z.string() })).catch([]),
      text: z.string().nullish().catch(undefined),
      type: z.string().optional().catch(undefined),
      received_at: z.string().nullish().catch(undefined),
      autoresponse_type: z.enum(['STOP', 'START', 'HELP']).nullish().catch(undefined),
      errors: z
        .array(z.object({ code: z.union([z.string(), z.number()]).transform(String) }))
        .catch([]),
    }),
  }),
})
type Event = z.output<typeof eventSchema>['data']

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const parsed = eventSchema.safeParse(jsonOf(raw))
  if (!parsed.success) return null
  const { data } = parsed.data
  if (data.event_type === 'message.received') return received(data, context)
  return data.event_type === 'message.finalized'
    ? finalized(data, context)
    : nothingSaid('event-type')
}

const urnOf = ({ payload }: Event): string => `urn:telnyx:${payload.organization_id ?? 'unknown'}`

function received(event: Event, context: ReadContext): Reading | null {
  const { payload, occurred_at: occurredAt } = event
  if (payload.from === undefined) return null
  const flag: ProviderFlag | undefined = payload.autoresponse_type ?? undefined
  return textSignals(
    {
      urn: urnOf(event),
      messageId: payload.id,
      from: { kind: 'phone', value: payload.from.phone_number },
      channel: payload.type === 'MMS' ? 'mms' : 'sms',
      to: payload.to[0]?.phone_number ?? '',
      text: payload.text ?? '',
      flag,
      method: 'sms-keyword',
      claimedAt: payload.received_at ?? occurredAt,
    },
    context,
  )
}

/** A message of ours that came to its end; `received_at` is when Telnyx took it from us. */
function finalized(event: Event, context: ReadContext): Reading {
  const { payload } = event
  const failures = payload.to.flatMap(({ phone_number: value }, index) =>
    payload.errors.map(({ code }) => {
      const messageId = index === 0 ? payload.id : `${payload.id}:${index}`
      const submittedAt = payload.received_at ?? undefined
      const address = { kind: 'phone', value }
      const failure = { urn: urnOf(event), code, messageId, submittedAt, address, channel: 'sms' }
      return failureSignals(failure, telnyx.name, context)
    }),
  )
  if (failures.length === 0) return nothingSaid('status')
  return {
    signals: failures.flatMap(({ signals }) => signals),
    ignored: failures.flatMap(({ ignored }) => ignored),
  }
}
