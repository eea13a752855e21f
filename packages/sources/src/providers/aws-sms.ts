import * as z from 'zod'
import type { Provider, ReadContext, Reading } from '../provider.ts'
import { plainAnswer } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import type { SnsEnvelope } from '../sns-envelope.ts'
import { accountOfTopic, innerOf, readSns, verifySns } from '../sns-envelope.ts'
import { textSignals } from '../text-signals.ts'

/** AWS End User Messaging, two-way SMS by a topic of Amazon SNS. Facts: sms.md section 8. */
export const awsSms: Provider = {
  name: 'aws-sms',
  methods: ['POST'],
  signing: 'always',
  needs: ['topicArns'],
  takes: [],
  verify: verifySns,
  toSignals,
  answer: plainAnswer,
}

const messageSchema = z.object({
  originationNumber: z.string().min(1),
  destinationNumber: z.string().catch(''),
  messageBody: z.string().catch(''),
  inboundMessageId: z.string().min(1).optional().catch(undefined),
})

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  return readSns(raw, (envelope) => notified(envelope, context))
}

function notified(envelope: SnsEnvelope, context: ReadContext): Reading | null {
  const parsed = messageSchema.safeParse(innerOf(envelope))
  if (!parsed.success) return null
  const { originationNumber, destinationNumber, messageBody, inboundMessageId } = parsed.data
  return textSignals(
    {
      urn: `urn:aws-sms:${accountOfTopic(envelope.TopicArn)}`,
      messageId: inboundMessageId ?? envelope.MessageId,
      from: { kind: 'phone', value: originationNumber },
      channel: 'sms',
      to: destinationNumber,
      text: messageBody,
      method: 'sms-keyword',
      // The message has no time of its own; this one is signed.
      claimedAt: envelope.Timestamp,
    },
    context,
  )
}
