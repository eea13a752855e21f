import * as z from 'zod'
import { actorSchema, addressSchema, authoritySchema } from '@ledger/domain'
import {
  cursorInput,
  eventIdText,
  instantText,
  limitInput,
  positionText,
  stateFields,
  subjectIdText,
} from './fields.ts'
import { freshnessSchema } from './freshness.ts'

export const lookupBodySchema = z
  .strictObject({
    address: addressSchema.optional(),
    externalId: z.string().trim().min(1).max(512).optional(),
    atLeast: z.string().max(128).optional(),
    consistency: z.enum(['window', 'strong']).optional(),
  })
  .refine(({ address, externalId }) => (address === undefined) !== (externalId === undefined), {
    message: 'expected either an address or an externalId',
    path: ['address'],
  })

export const lookupAnswerSchema = z
  .object({
    subject: subjectIdText,
    kind: z.string(),
    links: z
      .array(
        z
          .object({
            subject: subjectIdText,
            relation: z.string(),
            kind: z.string(),
            masked: z.string().nullable(),
          })
          .readonly(),
      )
      .readonly(),
    groups: z.array(z.object({ group: z.string(), ...stateFields }).readonly()).readonly(),
    freshness: freshnessSchema,
  })
  .readonly()

export const subjectParams = z.object({ id: z.string().max(256) })
export const historyQuery = z.strictObject({ limit: limitInput, cursor: cursorInput.optional() })

export const historyItemSchema = z
  .object({
    kind: z.enum(['event', 'attempt']),
    type: z.string(),
    recordedAt: instantText,
    effectiveAt: instantText.nullable(),
    position: positionText.nullable(),
    eventId: eventIdText.nullable(),
    scope: z.string().nullable(),
    authority: authoritySchema.nullable(),
    actor: actorSchema.nullable(),
    method: z.string().nullable(),
    counts: z.boolean(),
    why: z.string(),
    ruleId: z.string().nullable(),
    because: eventIdText.optional(),
    code: z.string().optional(),
  })
  .readonly()
export type HistoryItem = z.infer<typeof historyItemSchema>

export const historyAnswerSchema = z
  .object({ items: z.array(historyItemSchema).readonly(), cursor: z.string().nullable() })
  .readonly()
