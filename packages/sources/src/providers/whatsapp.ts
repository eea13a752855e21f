import * as z from 'zod'
import { anything, idSchema, optional, optionalText } from '../lenient-schemas.ts'
import { joinReadings, listOf, unreadable } from '../join-readings.ts'
import { answerChallenge, entriesOf, metaDelayMicrosMax, verifyMeta } from '../meta-webhook.ts'
import type { Provider, ReadContext, Reading } from '../provider.ts'
import { nothingSaid, plainAnswer } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { failureSignals } from '../send-failures.ts'
import { sha256Hex } from '../signature.ts'
import { instantSince1970 } from '../unix-time.ts'
import type { WhatsappPlace } from './whatsapp-message.ts'
import { readPreference, readWhatsappMessage } from './whatsapp-message.ts'
import type { WhatsappUser } from './whatsapp-user.ts'
import { isNamed, pairReading, underEachKey, whatsappUserOf } from './whatsapp-user.ts'

/** WhatsApp by Meta's Cloud API. Facts: chat.md sections 1 and 2. */
export const whatsapp: Provider = {
  name: 'whatsapp',
  methods: ['GET', 'POST'],
  signing: 'always',
  needs: ['secrets', 'verifyToken'],
  takes: ['buttons'],
  verify: verifyMeta,
  toSignals,
  answer: plainAnswer,
}

const entrySchema = z.object({ id: idSchema.catch('unknown'), changes: z.unknown() })
const userSchema = z.object({
  wa_id: optionalText,
  user_id: optionalText,
})
const changeSchema = z.object({
  field: z.string(),
  value: z.object({
    metadata: optional(z.object({ phone_number_id: idSchema })),
    contacts: z.array(z.unknown()).catch([]),
    messages: anything,
    statuses: anything,
    user_preferences: anything,
  }),
})
type Value = z.output<typeof changeSchema>['value']

/** All others, such as echoes of what we sent, say nothing of what a person wants. */
const fields: ReadonlySet<string> = new Set(['messages', 'user_preferences'])

/** Many entries of many changes of many elements; a broken one costs only itself. */
function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  if (raw.method === 'GET') return answerChallenge(raw)
  const envelope = entriesOf(raw)
  if (envelope === null) return null
  if (envelope.object !== 'whatsapp_business_account') return nothingSaid('object')
  return joinReadings(envelope.entry.map((entry) => readEntry(entry, context)))
}

function readEntry(entry: unknown, context: ReadContext): Reading {
  const parsed = entrySchema.safeParse(entry)
  if (!parsed.success) return unreadable
  const { id, changes } = parsed.data
  return joinReadings(listOf(changes).map((change) => readChange(id, change, context)))
}

function readChange(account: string, change: unknown, context: ReadContext): Reading {
  const parsed = changeSchema.safeParse(change)
  if (!parsed.success) {
    const isOther = z.object({ field: z.string() }).safeParse(change).data
    return isOther !== undefined && !fields.has(isOther.field) ? nothingSaid('field') : unreadable
  }
  const { field, value } = parsed.data
  if (!fields.has(field)) return nothingSaid('field')
  const place = placeOf(account, value)
  return joinReadings([
    ...listOf(value.messages).map((each) => readWhatsappMessage(each, place, context)),
    ...listOf(value.statuses).map((each) => readStatus(each, place, context)),
    ...listOf(value.user_preferences).map((each) => readWish(each, place, context)),
  ])
}

function placeOf(account: string, { metadata, contacts }: Value): WhatsappPlace {
  const known = contacts.flatMap((contact): WhatsappUser[] => {
    const { data } = userSchema.safeParse(contact)
    return data === undefined ? [] : [whatsappUserOf(data.wa_id, data.user_id)]
  })
  const sameAs = ({ phone, userId }: WhatsappUser) =>
    known.find(
      (each) =>
        (phone !== undefined && phone === each.phone) ||
        (userId !== undefined && userId === each.userId),
    )
  return {
    urn: `urn:whatsapp:${account}`,
    to: metadata?.phone_number_id ?? '',
    userOf: (...names) => {
      const own = whatsappUserOf(...names)
      const contact = sameAs(own)
      return { phone: own.phone ?? contact?.phone, userId: own.userId ?? contact?.userId }
    },
  }
}

const statusSchema = z.object({
  id: z.string().min(1),
  status: z.string(),
  recipient_id: optionalText,
  recipient_user_id: optionalText,
  recipient_type: optionalText,
  errors: z.array(z.object({ code: idSchema })).catch([]),
})

/** What became of a message of ours; who it went to is known by both keys from then on. */
function readStatus(element: unknown, place: WhatsappPlace, context: ReadContext): Reading {
  const parsed = statusSchema.safeParse(element)
  if (!parsed.success) return unreadable
  const { id: messageId, status, errors } = parsed.data
  if (parsed.data.recipient_type === 'group') return nothingSaid('group')
  const user = place.userOf(parsed.data.recipient_id, parsed.data.recipient_user_id)
  const pair = pairReading(place.urn, user)
  if (status !== 'failed') return joinReadings([pair, nothingSaid('status')])
  if (!isNamed(user)) return unreadable
  const codes = [...new Set(errors.map(({ code }) => code))]
  // The status says when it failed, not when it was submitted.
  const failure = { urn: place.urn, messageId, channel: 'whatsapp' }
  return joinReadings([
    pair,
    ...codes.map((code) =>
      underEachKey(user, (address) =>
        failureSignals({ ...failure, code, address }, whatsapp.name, context),
      ),
    ),
  ])
}

const wishSchema = z.object({
  wa_id: optionalText,
  user_id: optionalText,
  category: z.string().catch('unknown'),
  value: z.string(),
  timestamp: anything,
  signup_id: optionalText,
})

/** One of `user_preferences`. It has no id, so it is known by what it says. */
function readWish(element: unknown, place: WhatsappPlace, context: ReadContext): Reading {
  const parsed = wishSchema.safeParse(element)
  if (!parsed.success) return unreadable
  const { wa_id: phone, user_id: userId, category, value, timestamp } = parsed.data
  const { urn, to } = place
  const said = [urn, to, userId ?? phone, category, value, timestamp]
  const inbound = {
    urn,
    to,
    channel: 'whatsapp',
    messageId: `sha256:${sha256Hex(JSON.stringify(said))}`,
    claimedAt: instantSince1970(timestamp, 's'),
    delayMicrosMax: metaDelayMicrosMax,
    evidence: { category, signupId: parsed.data.signup_id ?? null },
  }
  return readPreference(value, category, place.userOf(phone, userId), inbound, context)
}
