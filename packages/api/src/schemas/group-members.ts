import * as z from 'zod'
import { parseInstant, states } from '@ledger/domain'
import { cursorInput, eventIdText, instantText, limitInput, subjectIdText } from './fields.ts'
import { freshnessSchema } from './freshness.ts'

export const membersQuery = z.strictObject({
  state: z.enum(states).default('subscribed'),
  limit: limitInput,
  cursor: cursorInput.optional(),
})

export const membersAnswerSchema = z
  .object({
    items: z
      .array(
        z
          .object({
            subject: subjectIdText,
            kind: z.string(),
            masked: z.string().nullable(),
            state: z.enum(states),
            since: instantText.nullable(),
            decisiveEventId: eventIdText.nullable(),
            held: z.boolean(),
            sendBlock: z.boolean(),
          })
          .readonly(),
      )
      .readonly(),
    cursor: z.string().nullable(),
    freshness: freshnessSchema,
  })
  .readonly()

/** A day of the calendar, in UTC. */
const dayInput = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a day, YYYY-MM-DD')
  .refine((day) => parseInstant(`${day}T00:00:00Z`) !== null, 'expected a day there is')
  .meta({ format: 'date' })

export const countsQuery = z.strictObject({
  from: dayInput.optional(),
  to: dayInput.optional(),
})

export const countsAnswerSchema = z
  .object({
    items: z
      .array(
        z
          .object({
            day: z.string().meta({ format: 'date' }),
            state: z.enum(states),
            entered: z.int(),
            left: z.int(),
            size: z.int().meta({ description: 'How many are in the state as the day ends.' }),
          })
          .readonly(),
      )
      .readonly(),
    cursor: z.string().nullable(),
    freshness: freshnessSchema,
  })
  .readonly()
