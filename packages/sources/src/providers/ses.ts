import * as z from 'zod'
import type { EmailEvent } from '../email-signals.ts'
import { bareEmail, complaintSignal, listSignals } from '../email-signals.ts'
import type { Provider, ReadContext, Reading, ReadSignal } from '../provider.ts'
import { nothingSaid, plainAnswer } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import type { SnsEnvelope } from '../sns-envelope.ts'
import { accountOfTopic, innerOf, readSns, verifySns } from '../sns-envelope.ts'

/** Amazon SES, feedback and published events by a topic of SNS. Facts: web-email.md section 5.1. */
export const ses: Provider = {
  name: 'ses',
  methods: ['POST'],
  signing: 'always',
  needs: ['topicArns'],
  takes: [],
  verify: verifySns,
  toSignals,
  answer: plainAnswer,
}

const mailSchema = z.object({
  messageId: z.string().optional().catch(undefined),
  destination: z.array(z.string()).catch([]),
})

const complaintSchema = z.object({
  mail: mailSchema,
  complaint: z.object({
    complainedRecipients: z.array(z.object({ emailAddress: z.string().min(1) })).min(1),
    complaintFeedbackType: z.string().nullish().catch(undefined),
    complaintSubType: z.string().nullish().catch(undefined),
    feedbackId: z.string().optional().catch(undefined),
    timestamp: z.string().optional().catch(undefined),
  }),
})

const preferencesSchema = z.object({
  unsubscribeAll: z.boolean().catch(false),
  topicSubscriptionStatus: z
    .array(z.object({ topicName: z.string(), subscriptionStatus: z.string() }))
    .catch([]),
})
const noPreferences = { unsubscribeAll: false, topicSubscriptionStatus: [] }

const subscriptionSchema = z.object({
  mail: mailSchema.extend({ destination: z.array(z.string()).min(1) }),
  subscription: z.object({
    contactList: z.string().optional().catch(undefined),
    timestamp: z.string().optional().catch(undefined),
    source: z.string().optional().catch(undefined),
    newTopicPreferences: preferencesSchema,
    oldTopicPreferences: preferencesSchema.nullish().catch(undefined),
  }),
})

/** The two formats name their type differently. */
const typeSchema = z.union([
  z.object({ eventType: z.string() }).transform(({ eventType }) => eventType),
  z.object({ notificationType: z.string() }).transform((named) => named.notificationType),
])

/** What arrives first, and is no JSON. */
const greeting = /^Successfully validated SNS topic/

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  return readSns(raw, (envelope) => {
    if (greeting.test(envelope.Message)) return nothingSaid('greeting')
    const inner = innerOf(envelope)
    const type = typeSchema.safeParse(inner)
    if (!type.success) return null
    if (type.data === 'Complaint') return complained(inner, envelope, context)
    if (type.data === 'Subscription') return subscription(inner, envelope, context)
    return nothingSaid(type.data === 'Bounce' ? 'bounce' : 'event-type')
  })
}

const urnOf = ({ TopicArn }: SnsEnvelope): string => `urn:ses:${accountOfTopic(TopicArn)}`

function complained(inner: unknown, envelope: SnsEnvelope, context: ReadContext): Reading | null {
  const parsed = complaintSchema.safeParse(inner)
  if (!parsed.success) return null
  const { complaint, mail } = parsed.data
  // Not sent, because the person had complained before: nobody did anything today.
  if (complaint.complaintSubType === 'OnAccountSuppressionList') {
    return nothingSaid('already-suppressed')
  }
  const recipients = complaint.complainedRecipients
  const signals = recipients.map(({ emailAddress }): ReadSignal => {
    const email = bareEmail(emailAddress)
    const event: EmailEvent = {
      urn: urnOf(envelope),
      id: `${complaint.feedbackId ?? envelope.MessageId}:${email}`,
      email,
      claimedAt: complaint.timestamp,
      evidence: { messageId: mail.messageId, feedbackType: complaint.complaintFeedbackType },
    }
    return complaintSignal(event, recipients.length === 1, context)
  })
  return { signals, ignored: [] }
}

/** `OptOut` and `OPT_OUT` are one word. */
const isOut = (status: string): boolean => /^opt_?out$/i.test(status)
const isIn = (status: string): boolean => /^opt_?in$/i.test(status)

function subscription(inner: unknown, envelope: SnsEnvelope, context: ReadContext): Reading | null {
  const parsed = subscriptionSchema.safeParse(inner)
  if (!parsed.success) return null
  const { mail, subscription: changed } = parsed.data
  const now = changed.newTopicPreferences
  const before = changed.oldTopicPreferences ?? noPreferences
  const signals = mail.destination.map(bareEmail).flatMap((email): readonly ReadSignal[] => {
    const eventOf = (element: string): EmailEvent => ({
      urn: urnOf(envelope),
      id: `${envelope.MessageId}:${email}:${element}`,
      email,
      claimedAt: changed.timestamp,
      evidence: { messageId: mail.messageId, list: changed.contactList, from: changed.source },
    })
    const say = (element: string, action: 'opt-in' | 'opt-out', list?: string) =>
      listSignals(eventOf(element), { action, actor: 'provider', list }, context)
    // All beats each.
    if (now.unsubscribeAll) return say('all', 'opt-out')
    const lifted = before.unsubscribeAll ? say('all', 'opt-in') : []
    const topics = now.topicSubscriptionStatus.flatMap(({ topicName, subscriptionStatus }) => {
      const old = before.topicSubscriptionStatus.find((each) => each.topicName === topicName)
      if (isOut(subscriptionStatus)) return say(topicName, 'opt-out', topicName)
      const wasIn = !before.unsubscribeAll && old !== undefined && isIn(old.subscriptionStatus)
      return isIn(subscriptionStatus) && !wasIn ? say(topicName, 'opt-in', topicName) : []
    })
    return [...lifted, ...topics]
  })
  return signals.length === 0 ? nothingSaid('unchanged') : { signals, ignored: [] }
}
