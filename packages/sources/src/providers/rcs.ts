import * as z from 'zod'
import { optional, optionalText } from '../lenient-schemas.ts'
import { buttonSignals } from '../button-signals.ts'
import type { Provider, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, plainAnswer, unsigned } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { hmac, isAnyGood, isSame } from '../signature.ts'
import type { InboundText } from '../text-signals.ts'
import { textSignals } from '../text-signals.ts'

/** RCS for Business by Google. Facts: chat.md section 5. */
export const rcs: Provider = {
  name: 'rcs',
  methods: ['POST'],
  signing: 'always',
  needs: ['secrets'],
  takes: ['buttons'],
  verify,
  toSignals,
  answer: plainAnswer,
}

const signatureHeader = 'x-goog-signature'

const handshakeSchema = z.object({
  clientToken: z.string().min(1),
  secret: z.string().min(1).max(1_024),
})
const envelopeSchema = z.object({ message: z.object({ data: z.string().min(1) }) })

/**
 * A webhook is registered by a POST with the token that was agreed on. From then on that token
 * signs the message inside of the envelope, and nothing else of it counts.
 */
function verify(raw: RawRequest, { source }: VerifyContext): Verdict {
  const body = jsonOf(raw)
  const given = raw.headers[signatureHeader]
  if (given === undefined) {
    const handshake = handshakeSchema.safeParse(body)
    if (!handshake.success) return unsigned
    const { clientToken } = handshake.data
    return isAnyGood(source.secrets, (secret) => isSame(clientToken, secret)) ? believed : forged
  }
  const envelope = envelopeSchema.safeParse(body)
  if (!envelope.success) return forged
  const data = Buffer.from(envelope.data.message.data, 'base64')
  const isGood = isAnyGood(source.secrets, (secret) =>
    isSame(given, hmac('sha512', secret, data).toString('base64')),
  )
  return isGood ? believed : forged
}

/** A message of a person, or an event about one. */
const contentSchema = z.object({
  senderPhoneNumber: optionalText,
  agentId: z.string().catch('unknown'),
  messageId: optionalText,
  eventId: optionalText,
  eventType: optionalText,
  sendTime: optionalText,
  text: optional(z.string()),
  suggestionResponse: optional(z.object({ postbackData: z.string(), text: optionalText })),
})

type Content = z.output<typeof contentSchema>

/** Google goes on trying for a week. */
const delayMicrosMax = 7 * 86_400_000_000

const flags = { UNSUBSCRIBE: 'STOP', SUBSCRIBE: 'START' } as const
const isFlagged = (type: string | undefined): type is keyof typeof flags =>
  type !== undefined && Object.hasOwn(flags, type)

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const body = jsonOf(raw)
  // What was believed for its token alone is a handshake, whatever message stands beside it.
  const handshake = handshakeSchema.safeParse(body)
  if (raw.headers[signatureHeader] === undefined && handshake.success) {
    const answer = { status: 200, contentType: 'text/plain', body: handshake.data.secret }
    return { ...nothingSaid('handshake'), answer }
  }
  const envelope = envelopeSchema.safeParse(body)
  if (!envelope.success) return null
  const data = Buffer.from(envelope.data.message.data, 'base64')
  const content = contentSchema.safeParse(jsonOf({ ...raw, body: data }))
  return content.success ? readContent(content.data, context) : null
}

/**
 * One tap on "unsubscribe" sends an event and the text STOP, each with an id of its own. Both are
 * recorded and neither moves the other: the state is a join, and so the two are one opt-out.
 */
function readContent(content: Content, context: ReadContext): Reading | null {
  const { senderPhoneNumber, agentId, messageId, eventId, eventType, sendTime } = content
  const { text, suggestionResponse: pressed } = content
  const isAct = text !== undefined || pressed !== undefined || isFlagged(eventType)
  if (!isAct) return nothingSaid(eventType === undefined ? 'message-type' : 'event-type')
  const id = eventId ?? messageId
  if (senderPhoneNumber === undefined || id === undefined) return null
  const inbound: Inbound = {
    urn: `urn:rcs:${agentId}`,
    // The person's own device makes the id of a message: it is unique for that person only.
    messageId: `${senderPhoneNumber}:${id}`,
    from: { kind: 'phone', value: senderPhoneNumber },
    channel: 'rcs',
    to: agentId,
    claimedAt: sendTime,
    delayMicrosMax,
  }
  return withUntimedOptOuts(readAct(content, inbound, context))
}

type Inbound = Omit<InboundText, 'text' | 'method'>

function readAct(
  { text = '', eventType, suggestionResponse: pressed }: Content,
  inbound: Inbound,
  context: ReadContext,
): Reading {
  if (isFlagged(eventType)) {
    const flag = flags[eventType]
    return textSignals({ ...inbound, text, flag, method: 'chat-button' }, context)
  }
  if (pressed !== undefined) {
    return buttonSignals(inbound, pressed.postbackData, pressed.text, context)
  }
  return textSignals({ ...inbound, text, method: 'chat-keyword' }, context)
}

/**
 * Google does not say whose clock the time of a message is. It may be the phone's, and one that is
 * slow must not date a STOP before the opt-in that it takes back: a STOP counts from its recording.
 */
const withUntimedOptOuts = (reading: Reading): Reading => ({
  ...reading,
  signals: reading.signals.map((read) =>
    read.ok && read.action === 'opt-out'
      ? { ...read, signal: { ...read.signal, clock: 'server', claimedAt: undefined } }
      : read,
  ),
})
