import * as z from 'zod'
import { addressSchema } from '@ledger/domain'
import { cursorInput, eventIdText, instantText, limitInput, subjectIdText } from './fields.ts'
import { retryFields } from './parked.ts'

export const reviewsQuery = z.strictObject({
  status: z.enum(['open', 'decided']).default('open'),
  limit: limitInput,
  cursor: cursorInput.optional(),
})

export const reviewParams = z.object({ id: z.string().min(1).max(256) })

const decisions = ['opt-out', 'not-opt-out', 'address', 'dismissed', 'retry', 'keep-held'] as const

const reviewFields = {
  id: z.string(),
  at: instantText,
  kind: z.enum([
    'intent-suspected',
    'unparsable-address',
    'parked-event',
    'inferred-opt-out',
    'unreadable-body',
  ]),
  subject: subjectIdText.nullable(),
  eventId: eventIdText.nullable(),
  decided: z
    .object({
      decision: z.enum(decisions),
      at: instantText,
      by: z.string().meta({ description: 'The id of the key with which it was decided.' }),
      eventId: eventIdText
        .nullable()
        .meta({ description: 'What was recorded on its account; null when nothing was.' }),
    })
    .readonly()
    .nullable(),
}

export const reviewsAnswerSchema = z
  .object({
    items: z.array(z.object(reviewFields).readonly()).readonly(),
    cursor: z.string().nullable(),
  })
  .readonly()

export const reviewSchema = z
  .object({
    ...reviewFields,
    said: z
      .object({
        source: z.string().nullable(),
        id: z.string().nullable(),
        address: z.string().nullable(),
        evidence: z.record(z.string(), z.unknown()),
      })
      .readonly()
      .nullable()
      .meta({ description: 'What the person or its source wrote, opened; null when erased.' }),
  })
  .readonly()

export const decisionBodySchema = z.discriminatedUnion('decision', [
  z.strictObject({
    decision: z.enum(['opt-out', 'not-opt-out', 'dismissed', 'retry', 'keep-held']),
  }),
  z.strictObject({ decision: z.literal('address'), address: addressSchema }),
])
export type DecisionBody = z.output<typeof decisionBodySchema>

export const decidedReviewSchema = z
  .object({
    ...reviewFields,
    retry: z
      .object(retryFields)
      .readonly()
      .optional()
      .meta({ description: 'What became of the retry, where that was the decision.' }),
  })
  .readonly()
