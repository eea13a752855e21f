import * as z from 'zod'
import type { EmailEvent, ListChange } from '../email-signals.ts'
import { complaintSignal, listSignals } from '../email-signals.ts'
import type { Provider, ReadContext, Reading } from '../provider.ts'
import { believed, nothingSaid, plainAnswer } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { sha256Hex } from '../signature.ts'

/** Postmark, which signs nothing. Facts: web-email.md section 5.4. */
export const postmark: Provider = {
  name: 'postmark',
  methods: ['POST'],
  signing: 'never',
  needs: [],
  takes: [],
  // The credentials of its source were checked before.
  verify: () => believed,
  toSignals,
  answer: plainAnswer,
}

const common = {
  ServerID: z.union([z.number(), z.string()]).transform(String).catch('unknown'),
  MessageStream: z.string().optional().catch(undefined),
  MessageID: z.string().nullish().catch(undefined),
}

const changeSchema = z.object({
  ...common,
  RecordType: z.literal('SubscriptionChange'),
  Recipient: z.string().min(1),
  ChangedAt: z.string().optional().catch(undefined),
  Origin: z.string().optional().catch(undefined),
  SuppressSending: z.boolean(),
  SuppressionReason: z.string().nullish().catch(undefined),
})
type Change = z.output<typeof changeSchema>

const complaintSchema = z.object({
  ...common,
  RecordType: z.literal('SpamComplaint'),
  Email: z.string().min(1),
  ID: z.union([z.number(), z.string()]).transform(String),
  BouncedAt: z.string().optional().catch(undefined),
})

const typeSchema = z.object({ RecordType: z.string() })

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const json = jsonOf(raw)
  const type = typeSchema.safeParse(json)
  if (!type.success) return null
  if (type.data.RecordType === 'SpamComplaint') return complained(json, context)
  if (type.data.RecordType !== 'SubscriptionChange') return nothingSaid('record-type')
  const parsed = changeSchema.safeParse(json)
  return parsed.success ? changed(parsed.data, context) : null
}

function complained(json: unknown, context: ReadContext): Reading | null {
  const parsed = complaintSchema.safeParse(json)
  if (!parsed.success) return null
  const { ServerID, ID, Email, BouncedAt, MessageID, MessageStream } = parsed.data
  const event: EmailEvent = {
    urn: `urn:postmark:${ServerID}`,
    id: `complaint:${ID}`,
    email: Email,
    claimedAt: BouncedAt,
    evidence: { messageId: MessageID, list: MessageStream },
  }
  return { signals: [complaintSignal(event, true, context)], ignored: [] }
}

function changed(change: Change, context: ReadContext): Reading {
  const { MessageStream, Recipient, ChangedAt, SuppressSending, SuppressionReason } = change
  if (SuppressSending && SuppressionReason === 'HardBounce') return nothingSaid('bounce')
  const named = [MessageStream, Recipient, ChangedAt, SuppressSending, SuppressionReason]
  const event: EmailEvent = {
    urn: `urn:postmark:${change.ServerID}`,
    // It has no id of its own; a retry says the same.
    id: `sha256:${sha256Hex(JSON.stringify(named))}`,
    email: Recipient,
    claimedAt: ChangedAt,
    evidence: {
      messageId: change.MessageID,
      list: MessageStream,
      origin: change.Origin,
      reason: SuppressionReason,
    },
  }
  if (SuppressSending && SuppressionReason === 'SpamComplaint') {
    return { signals: [complaintSignal(event, true, context)], ignored: [] }
  }
  return { signals: listSignals(event, meaningOf(change), context), ignored: [] }
}

/**
 * Reactivation is done by the customer's hand, never by the person's: it may lift what somebody of
 * ours had stopped, never what she stopped, and grants nothing (P8).
 */
function meaningOf({ SuppressSending, Origin, MessageStream }: Change): ListChange {
  if (!SuppressSending) return { action: 'opt-in', actor: 'system' }
  const isOurs = Origin === 'Customer' || Origin === 'Admin'
  return { action: 'opt-out', actor: isOurs ? 'staff' : 'provider', list: MessageStream }
}
