import * as z from 'zod'
import { idSchema, optional } from '../lenient-schemas.ts'
import type { Provider, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, plainAnswer, unsigned } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { hmac, isAnyGood, isSame } from '../signature.ts'
import type { InboundText, ProviderFlag } from '../text-signals.ts'
import { textSignals } from '../text-signals.ts'
import { instantSince1970 } from '../unix-time.ts'

/** Viber bots. Facts: chat.md section 6. */
export const viber: Provider = {
  name: 'viber',
  methods: ['POST'],
  signing: 'always',
  needs: ['secrets'],
  takes: ['sender'],
  verify,
  toSignals,
  answer: plainAnswer,
}

/** Over the body, with the token of the bot. */
function verify(raw: RawRequest, { source }: VerifyContext): Verdict {
  const given = raw.headers['x-viber-content-signature']
  if (given === undefined) return unsigned
  const isGood = isAnyGood(source.secrets, (secret) =>
    isSame(given, hmac('sha256', secret, raw.body).toString('hex')),
  )
  return isGood ? believed : forged
}

const named = optional(z.object({ id: z.string().min(1) }))

const eventSchema = z.object({
  event: z.string(),
  timestamp: optional(idSchema),
  message_token: optional(idSchema),
  user_id: optional(z.string().min(1)),
  user: named,
  sender: named,
  message: optional(z.object({ text: optional(z.string()) })),
})
type Event = z.output<typeof eventSchema>

/** How long Viber goes on trying is not documented; of the others nobody does longer. */
const delayMicrosMax = 7 * 86_400_000_000

/** The events by which Viber itself says what a person wants of the bot. */
const flags: Readonly<Record<string, ProviderFlag>> = { subscribed: 'START', unsubscribed: 'STOP' }

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const parsed = eventSchema.safeParse(jsonOf(raw))
  if (!parsed.success) return null
  const { event, message } = parsed.data
  const flag = Object.hasOwn(flags, event) ? flags[event] : undefined
  // To begin a conversation is no opt-in: one welcome may follow, and no more.
  if (flag === undefined && event !== 'message') return nothingSaid('event-type')
  const user = userOf(parsed.data)
  if (user === undefined) return null
  const text = message?.text ?? ''
  if (flag === undefined && text === '') return nothingSaid('message-type')
  const method = flag === undefined ? 'chat-keyword' : 'chat-button'
  return textSignals({ ...inboundOf(parsed.data, user, context), text, flag, method }, context)
}

const userOf = ({ sender, user, user_id: id }: Event): string | undefined =>
  sender?.id ?? user?.id ?? id

function inboundOf(
  { event, timestamp, message_token: token }: Event,
  user: string,
  { source }: ReadContext,
): Omit<InboundText, 'text' | 'method'> {
  return {
    // An event does not say which bot it is for; ids of users differ from bot to bot.
    urn: 'urn:viber:bot',
    // A token is too long for a number of JSON and loses its last digits: alone it may meet
    // another.
    messageId: [token, timestamp, user, event].join(':'),
    from: { kind: 'viber-user', value: user },
    channel: 'viber',
    to: source.sender ?? '',
    claimedAt: instantSince1970(timestamp, 'ms'),
    delayMicrosMax,
  }
}
