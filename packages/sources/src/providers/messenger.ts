import * as z from 'zod'
import { anything, idSchema, optional, optionalText } from '../lenient-schemas.ts'
import { buttonSignals } from '../button-signals.ts'
import { joinReadings, listOf, unreadable } from '../join-readings.ts'
import { readButton } from '../keywords/read-text.ts'
import { answerChallenge, entriesOf, metaDelayMicrosMax, verifyMeta } from '../meta-webhook.ts'
import type { Provider, ReadContext, Reading } from '../provider.ts'
import { nothingSaid, plainAnswer } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { sha256Hex } from '../signature.ts'
import type { InboundText } from '../text-signals.ts'
import { actSignals, familySignals, textSignals } from '../text-signals.ts'
import { instantSince1970 } from '../unix-time.ts'

/** Messenger, the events of a page. Facts: chat.md sections 1 and 3. */
export const messenger: Provider = {
  name: 'messenger',
  methods: ['GET', 'POST'],
  signing: 'always',
  needs: ['secrets', 'verifyToken'],
  takes: ['buttons'],
  verify: verifyMeta,
  toSignals,
  answer: plainAnswer,
}

const named = optional(z.object({ id: idSchema }))

const entrySchema = z.object({
  messaging: anything,
  // What a person writes while another app has the word.
  standby: anything,
})

const optinSchema = z.object({
  type: optionalText,
  ref: optionalText,
  payload: optionalText,
  title: optionalText,
  notification_messages_status: optionalText,
  token_expiry_timestamp: anything,
})
type Optin = z.output<typeof optinSchema>

const eventSchema = z.object({
  sender: named,
  recipient: named,
  timestamp: anything,
  message: optional(
    z.object({
      mid: optionalText,
      text: optionalText,
      is_echo: optional(z.boolean()),
      quick_reply: optional(z.object({ payload: z.string() })),
    }),
  ),
  postback: optional(z.object({ mid: optionalText, title: optionalText, payload: optionalText })),
  optin: optional(optinSchema),
})

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  if (raw.method === 'GET') return answerChallenge(raw)
  const envelope = entriesOf(raw)
  if (envelope === null) return null
  if (envelope.object !== 'page') return nothingSaid('object')
  return joinReadings(
    envelope.entry.map((entry) => {
      const parsed = entrySchema.safeParse(entry)
      if (!parsed.success) return unreadable
      const events = [...listOf(parsed.data.messaging), ...listOf(parsed.data.standby)]
      return joinReadings(events.map((event) => readEvent(event, context)))
    }),
  )
}

type Inbound = Omit<InboundText, 'text' | 'method'>

function readEvent(element: unknown, context: ReadContext): Reading {
  const parsed = eventSchema.safeParse(element)
  if (!parsed.success) return unreadable
  const { sender, recipient, timestamp, message, postback, optin } = parsed.data
  if (message?.is_echo === true) return nothingSaid('echo')
  if (message === undefined && postback === undefined && optin === undefined) {
    return nothingSaid('event-type')
  }
  // A plugin's visitor without an account that we could write to, until they write themselves.
  if (sender === undefined) return optin?.type === undefined ? nothingSaid('no-user') : unreadable
  const inbound: Inbound = {
    urn: `urn:messenger:${recipient?.id ?? 'unknown'}`,
    // An opt-in has no id, so it is known by what it says.
    messageId: message?.mid ?? postback?.mid ?? `sha256:${sha256Hex(JSON.stringify(element))}`,
    from: { kind: 'messenger-user', value: sender.id },
    channel: 'messenger',
    to: recipient?.id ?? '',
    claimedAt: instantSince1970(timestamp, 'ms'),
    delayMicrosMax: metaDelayMicrosMax,
  }
  if (optin !== undefined) return readOptin(optin, inbound, context)
  const payload = message?.quick_reply?.payload ?? postback?.payload
  if (payload !== undefined) {
    return buttonSignals(inbound, payload, message?.text ?? postback?.title, context)
  }
  const text = message?.text
  if (text === undefined) return nothingSaid('message-type')
  return textSignals({ ...inbound, text, method: 'chat-keyword' }, context)
}

/** Printed with a space in Meta's pages, and with an underscore in its examples. */
const statusOf = (status: string | undefined): string | undefined =>
  status
    ?.toUpperCase()
    .replace(/[\s_]+/g, ' ')
    .trim()

/**
 * The opt-in to the marketing messages of one topic, and its end. Which group a topic is, the
 * source's `buttons` say of its payload: nothing else may subscribe. A topic that they do not name
 * can still be stopped, and then all marketing is.
 */
function readOptin(optin: Optin, inbound: Inbound, context: ReadContext): Reading {
  const { type, payload = '', title, ref } = optin
  if (type !== 'notification_messages') {
    return ref === undefined
      ? nothingSaid('optin')
      : buttonSignals(inbound, ref, undefined, context)
  }
  const status = statusOf(optin.notification_messages_status)
  const reading = readButton(payload, context.source.buttons)
  const topic: InboundText = {
    ...inbound,
    text: payload,
    method: 'chat-button',
    validUntil: instantSince1970(optin.token_expiry_timestamp, unitOf(optin)),
    evidence: { topic: title ?? null },
  }
  if (status === 'STOP NOTIFICATIONS') {
    const group = reading.command?.group
    if (group === undefined) return familySignals('opt-out', topic, 'messenger/stop', context)
    const command = { action: 'opt-out', group } as const
    return actSignals(topic, { ...reading, meaning: 'command', command }, context)
  }
  if (status !== undefined && status !== 'RESUME NOTIFICATIONS') return unreadable
  if (reading.meaning !== 'command') return nothingSaid('unknown-topic')
  return actSignals(topic, reading, context)
}

/** Meta's page shows no example of the time; seconds would be ten digits, milliseconds thirteen. */
const unitOf = ({ token_expiry_timestamp: end }: Optin): 's' | 'ms' =>
  Number(end) > 100_000_000_000 ? 'ms' : 's'
