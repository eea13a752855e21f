import * as z from 'zod'
import { anything, optional, optionalText } from '../lenient-schemas.ts'
import { buttonSignals } from '../button-signals.ts'
import { joinReadings, suffixed, unreadable } from '../join-readings.ts'
import { metaDelayMicrosMax } from '../meta-webhook.ts'
import type { ReadContext, Reading } from '../provider.ts'
import { nothingSaid } from '../provider.ts'
import { sha256Hex } from '../signature.ts'
import type { InboundText } from '../text-signals.ts'
import { familySignals, textSignals } from '../text-signals.ts'
import { instantSince1970 } from '../unix-time.ts'
import type { WhatsappUser } from './whatsapp-user.ts'
import {
  isNamed,
  pairReading,
  successorReading,
  underEachKey,
  whatsappUserOf,
} from './whatsapp-user.ts'

/** Where a message arrived: our account and number, and who it may be from. */
export type WhatsappPlace = {
  readonly urn: string
  /** The id of our phone number: what is shown of it changes. */
  readonly to: string
  /** Completes what an element names by what its neighbour `contacts` says of the same person. */
  readonly userOf: (...names: readonly (string | undefined)[]) => WhatsappUser
}

const captioned = optional(z.object({ caption: z.string() }))

const systemSchema = z.object({
  type: z.string(),
  wa_id: optionalText,
  user_id: optionalText,
  previous_user_id: optionalText,
  marketing: optionalText,
})

const messageSchema = z.object({
  id: optional(z.string().min(1)),
  from: optionalText,
  from_user_id: optionalText,
  group_id: anything,
  timestamp: anything,
  context: optional(
    z.object({
      id: optionalText,
      forwarded: optional(z.boolean()),
      frequently_forwarded: optional(z.boolean()),
    }),
  ),
  text: optional(z.object({ body: z.string() })),
  button: optional(z.object({ payload: z.string(), text: optionalText })),
  interactive: optional(
    z.object({
      button_reply: optional(z.object({ id: z.string(), title: optionalText })),
      list_reply: optional(z.object({ id: z.string(), title: optionalText })),
      nfm_reply: optional(z.object({ response_json: z.string() })),
    }),
  ),
  image: captioned,
  video: captioned,
  document: captioned,
  system: optional(systemSchema),
  type: optionalText,
})
type Message = z.output<typeof messageSchema>

/** One element of `messages`: chat.md sections 2.1 to 2.3. */
export function readWhatsappMessage(
  element: unknown,
  place: WhatsappPlace,
  context: ReadContext,
): Reading {
  const parsed = messageSchema.safeParse(element)
  if (!parsed.success) return unreadable
  const message = parsed.data
  if (message.group_id !== undefined) return nothingSaid('group')
  const inbound: Inbound = {
    urn: place.urn,
    // What has no id is found again by what it says.
    messageId: message.id ?? `sha256:${sha256Hex(JSON.stringify(element))}`,
    channel: 'whatsapp',
    to: place.to,
    claimedAt: instantSince1970(message.timestamp, 's'),
    delayMicrosMax: metaDelayMicrosMax,
    // Tells which template, and with it which promise, the person answered.
    evidence: message.context?.id === undefined ? {} : { answers: message.context.id },
  }
  const user = place.userOf(message.from, message.from_user_id)
  if (message.system !== undefined) return readSystem(message.system, user, inbound, context)
  if (!isNamed(user) || isBroken(message)) return unreadable
  return joinReadings([
    pairReading(place.urn, user),
    underEachKey(user, (from) => readContent(message, { ...inbound, from }, context)),
  ])
}

/** Says that it holds words of a person, and does not. */
const isBroken = ({ type, text, button, interactive }: Message): boolean =>
  (type === 'text' && text === undefined) ||
  (type === 'button' && button === undefined) ||
  (type === 'interactive' && interactive === undefined)

type Inbound = Omit<InboundText, 'from' | 'text' | 'method'>
type Addressed = Inbound & Pick<InboundText, 'from'>

function readContent(message: Message, inbound: Addressed, context: ReadContext): Reading {
  const { button, interactive, image, video, document } = message
  const text = message.text?.body ?? (image ?? video ?? document)?.caption
  if (text !== undefined) {
    const { forwarded, frequently_forwarded: isOften } = message.context ?? {}
    // Somebody else's words.
    if (forwarded === true || isOften === true) return nothingSaid('forwarded')
    return textSignals({ ...inbound, text, method: 'chat-keyword' }, context)
  }
  if (button !== undefined) return buttonSignals(inbound, button.payload, button.text, context)
  const reply = interactive?.button_reply ?? interactive?.list_reply
  if (reply !== undefined) return buttonSignals(inbound, reply.id, reply.title, context)
  const form = interactive?.nfm_reply
  if (form !== undefined) return readFlow(form.response_json, inbound, context)
  return nothingSaid('message-type')
}

const flowSchema = z.record(z.string(), z.unknown())
/** How many fields of a form are looked at; each may say several things. */
const flowFieldsMax = 100

/**
 * The form of a Flow: a ticked box counts as the button `<field>`, a choice as the button
 * `<field>=<choice>`. Only what the source's `buttons` name is read; a box left empty says nothing.
 */
function readFlow(json: string, inbound: Addressed, context: ReadContext): Reading {
  const fields = flowFields(json)
  if (fields === null) return nothingSaid('flow')
  const token = fields['flow_token']
  const evidence = {
    ...inbound.evidence,
    ...(typeof token === 'string' ? { flowToken: token.slice(0, 512) } : {}),
  }
  const named = new Set(Object.keys(context.source.buttons ?? {}))
  const ticked = Object.entries(fields).slice(0, flowFieldsMax).flatMap(choicesOf)
  const readings = [...new Set(ticked)]
    .filter((choice) => named.has(choice))
    .map((choice) =>
      suffixed(buttonSignals({ ...inbound, evidence }, choice, undefined, context), choice),
    )
  return readings.length === 0 ? nothingSaid('flow') : joinReadings(readings)
}

function flowFields(json: string): Readonly<Record<string, unknown>> | null {
  try {
    return flowSchema.safeParse(JSON.parse(json)).data ?? null
  } catch {
    return null
  }
}

function choicesOf([field, value]: readonly [string, unknown]): readonly string[] {
  if (value === true) return [field]
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((each) => typeof each === 'string').map((each) => `${field}=${each}`)
}

const changesOfKey: ReadonlySet<string> = new Set(['user_changed_number', 'user_changed_user_id'])

/** What WhatsApp itself says of a person: other keys, or another wish. */
function readSystem(
  system: z.output<typeof systemSchema>,
  user: WhatsappUser,
  inbound: Inbound,
  context: ReadContext,
): Reading {
  const { type, wa_id: phone, user_id: userId, previous_user_id: previous } = system
  if (changesOfKey.has(type)) {
    const before = { ...user, userId: whatsappUserOf(previous).userId ?? user.userId }
    return successorReading(before, whatsappUserOf(phone, userId), inbound)
  }
  if (type === 'user_preference_changed') {
    return readPreference(system.marketing, 'marketing_messages', user, inbound, context)
  }
  return nothingSaid('system')
}

/**
 * What a person told WhatsApp itself about this business's marketing (P15): all of it stops or may
 * go on. A resumption lifts, and grants nothing that was not granted before.
 */
export function readPreference(
  value: string | undefined,
  category: string,
  user: WhatsappUser,
  inbound: Inbound,
  context: ReadContext,
): Reading {
  const isStop = value === 'stop'
  if (!isNamed(user) || (!isStop && value !== 'resume')) return unreadable
  if (!isStop && category !== 'marketing_messages') return nothingSaid('preference')
  const act = { ...inbound, text: '', method: 'chat-button' } as const
  const flag = isStop ? 'STOP' : 'START'
  return joinReadings([
    pairReading(inbound.urn, user),
    underEachKey(user, (from) =>
      familySignals(isStop ? 'opt-out' : 'opt-in', { ...act, from, flag }, `flag/${flag}`, context),
    ),
  ])
}
