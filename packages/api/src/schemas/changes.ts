import * as z from 'zod'
import { states } from '@ledger/domain'
import { cursorInput, instantText, limitInput, stateFields, subjectIdText } from './fields.ts'
import { freshnessSchema } from './freshness.ts'

export const changesQuery = z.strictObject({ after: cursorInput.optional(), limit: limitInput })

export const changeSchema = z
  .object({
    cursor: z.string(),
    at: instantText,
    subject: subjectIdText,
    group: z.string(),
    previousState: z.enum(states),
    ...stateFields,
  })
  .readonly()
export type Change = z.infer<typeof changeSchema>

export const changesAnswerSchema = z
  .object({
    items: z.array(changeSchema).readonly(),
    cursor: z
      .string()
      .nullable()
      .meta({ description: 'Hand it back as `after`; also when there was nothing new.' }),
    freshness: freshnessSchema,
  })
  .readonly()
