import { createHash } from 'node:crypto'
import * as z from 'zod'
import { phoneOf } from '../phone-of.ts'
import type { Provider, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, plainAnswer, stale, unsigned } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { hmac, isAnyGood, isSame } from '../signature.ts'
import { textSignals } from '../text-signals.ts'

/** Bird, the new platform, inbound SMS. Facts: sms.md section 6. */
export const bird: Provider = {
  name: 'bird',
  methods: ['POST'],
  signing: 'always',
  needs: ['secrets', 'publicUrl'],
  takes: [],
  verify,
  toSignals,
  answer: plainAnswer,
}

/** How long it goes on trying is not documented; a day spares honest retries. */
const signatureSecondsMax = 24 * 3_600

/** Over timestamp, URL and the 32 bytes of the body's SHA-256, with line feeds between. */
function verify(raw: RawRequest, { source, nowSeconds }: VerifyContext): Verdict {
  const given = raw.headers['messagebird-signature']
  const timestamp = raw.headers['messagebird-request-timestamp']
  if (given === undefined || timestamp === undefined) return unsigned
  const digest = createHash('sha256').update(raw.body).digest()
  const signed = Buffer.concat([Buffer.from(`${timestamp}\n${raw.url}\n`, 'utf8'), digest])
  const isGood = isAnyGood(source.secrets, (secret) =>
    isSame(given, hmac('sha256', secret, signed).toString('base64')),
  )
  if (!isGood) return forged
  return Math.abs(nowSeconds - Number(timestamp)) <= signatureSecondsMax ? believed : stale
}

const messageSchema = z.object({
  id: z.string().min(1),
  channelId: z.string().optional().catch(undefined),
  direction: z.string().optional().catch(undefined),
  sender: z.object({ contact: z.object({ identifierValue: z.string().min(1) }) }),
  receiver: z
    .object({
      connector: z.object({ id: z.string(), identifierValue: z.string().optional() }),
    })
    .optional()
    .catch(undefined),
  body: z
    .object({ text: z.object({ text: z.string() }) })
    .optional()
    .catch(undefined),
  createdAt: z.string().optional().catch(undefined),
})

/** The message itself, or in the envelope of a webhook. */
const eventSchema = z.union([
  z.object({ payload: z.looseObject({}) }).transform(({ payload }): unknown => payload),
  z.looseObject({}),
])

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const event = eventSchema.safeParse(jsonOf(raw))
  if (!event.success) return null
  const outgoing = z.object({ direction: z.literal('outgoing') }).safeParse(event.data)
  if (outgoing.success) return nothingSaid('outgoing')
  const parsed = messageSchema.safeParse(event.data)
  if (!parsed.success) return null
  const { id, sender, receiver, body, createdAt, channelId } = parsed.data
  if (body === undefined) return nothingSaid('message-type')
  return textSignals(
    {
      urn: `urn:bird:${channelId ?? 'sms'}`,
      messageId: id,
      from: phoneOf(sender.contact.identifierValue),
      channel: 'sms',
      to: receiver?.connector.identifierValue ?? receiver?.connector.id ?? '',
      text: body.text.text,
      method: 'sms-keyword',
      claimedAt: createdAt,
    },
    context,
  )
}
