import * as z from 'zod'
import { anything, optional } from '../lenient-schemas.ts'
import { buttonSignals } from '../button-signals.ts'
import { readButton, readText } from '../keywords/read-text.ts'
import type { Provider, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, plainAnswer, unsigned } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { isAnyGood, isSame } from '../signature.ts'
import type { InboundText } from '../text-signals.ts'
import { actSignals, familySignals, textSignals } from '../text-signals.ts'
import { instantSince1970 } from '../unix-time.ts'

/**
 * Telegram bots. Facts: chat.md section 4. It signs nothing: the secret in its header says who
 * speaks, and with it that the time in the body is Telegram's.
 */
export const telegram: Provider = {
  name: 'telegram',
  methods: ['POST'],
  signing: 'always',
  needs: ['secrets'],
  takes: ['buttons', 'sender'],
  verify,
  toSignals,
  answer: plainAnswer,
}

function verify(raw: RawRequest, { source }: VerifyContext): Verdict {
  const given = raw.headers['x-telegram-bot-api-secret-token']
  if (given === undefined) return unsigned
  return isAnyGood(source.secrets, (secret) => isSame(given, secret)) ? believed : forged
}

const personSchema = z.object({ id: z.int() })
const chatSchema = z.object({ type: z.string() })

const messageSchema = z.object({
  date: anything,
  chat: chatSchema,
  from: personSchema,
  text: optional(z.string()),
  caption: optional(z.string()),
  forward_origin: anything,
  forward_date: anything,
})
const pressSchema = z.object({
  from: personSchema,
  data: optional(z.string()),
  message: optional(z.object({ chat: chatSchema })),
})
const memberSchema = z.object({
  date: anything,
  chat: chatSchema,
  from: personSchema,
  new_chat_member: z.object({ status: z.string() }),
})
/** One update holds one of these, or something else. */
const updateSchema = z.object({
  update_id: z.int(),
  message: messageSchema.optional(),
  callback_query: pressSchema.optional(),
  my_chat_member: memberSchema.optional(),
})
type Update = z.output<typeof updateSchema>

/** Telegram keeps an update for a day. */
const delayMicrosMax = 86_400_000_000

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const parsed = updateSchema.safeParse(jsonOf(raw))
  if (!parsed.success) return null
  const { message, callback_query: press, my_chat_member: member } = parsed.data
  const act = message ?? press ?? member
  if (act === undefined) return nothingSaid('update-type')
  const chat = press === undefined ? (message ?? member)?.chat : press.message?.chat
  // In a group of people nobody speaks for themselves alone.
  if (chat !== undefined && chat.type !== 'private') return nothingSaid('chat-type')
  const inbound = inboundOf(parsed.data, act.from.id, context)
  if (press !== undefined) {
    const { data } = press
    return data === undefined
      ? nothingSaid('game')
      : buttonSignals(inbound, data, undefined, context)
  }
  if (member !== undefined) return readMember(member.new_chat_member.status, inbound, context)
  const isForwarded = message?.forward_origin !== undefined || message?.forward_date !== undefined
  const text = message?.text ?? message?.caption
  if (text === undefined) return nothingSaid('message-type')
  return isForwarded ? nothingSaid('forwarded') : readWords(text, inbound, context)
}

type Inbound = Omit<InboundText, 'text' | 'method'>

function inboundOf(update: Update, user: number, { source }: ReadContext): Inbound {
  const at = (update.message ?? update.my_chat_member)?.date
  return {
    // An update does not say which bot it is for, and each bot counts its own updates.
    urn: 'urn:telegram:bot',
    messageId: `${update.update_id}:${user}`,
    from: { kind: 'telegram-user', value: String(user) },
    channel: 'telegram',
    to: source.sender ?? '',
    claimedAt: instantSince1970(at, 's'),
    delayMicrosMax,
  }
}

const commandShape = /^\/(\w{1,32})(?:@\w+)?(?:\s+(\S+))?\s*$/

function readWords(text: string, inbound: Inbound, context: ReadContext): Reading {
  const said: InboundText = { ...inbound, text, method: 'chat-keyword' }
  const [, command, payload] = commandShape.exec(text) ?? []
  if (command === undefined) return textSignals(said, context)
  if (command.toLowerCase() === 'start') return readStart(payload, said, context)
  return actSignals(said, readText(command, context.source.keywordTable), context)
}

/**
 * Everybody begins with `/start`, so it subscribes only where the source's `buttons` say so: of its
 * parameter, the one of a link that promised something, or of `/start` itself, when the welcome
 * does. Otherwise it lifts what a block or a STOP of this bot's brand stopped, and grants nothing.
 */
function readStart(payload: string | undefined, said: InboundText, context: ReadContext): Reading {
  const { buttons } = context.source
  const known = [payload, '/start']
    .filter((each) => each !== undefined)
    .map((each) => readButton(each, buttons))
    .find(({ meaning }) => meaning === 'command')
  return known === undefined
    ? familySignals('opt-in', said, 'telegram/start', context)
    : actSignals(said, known, context)
}

/** Blocking the bot is an opt-out; letting it speak again is none of an opt-in. */
function readMember(status: string, inbound: Inbound, context: ReadContext): Reading {
  if (status !== 'kicked') return nothingSaid('member')
  return textSignals({ ...inbound, text: '', flag: 'STOP', method: 'chat-button' }, context)
}
