import * as z from 'zod'
import { cursorInput, eventIdText, instantText, limitInput, subjectIdText } from './fields.ts'

export const reviewsQuery = z.strictObject({ limit: limitInput, cursor: cursorInput.optional() })

export const reviewsAnswerSchema = z
  .object({
    items: z
      .array(
        z
          .object({
            id: z.string(),
            at: instantText,
            kind: z.string(),
            subject: subjectIdText.nullable(),
            eventId: eventIdText.nullable(),
          })
          .readonly(),
      )
      .readonly(),
    cursor: z.string().nullable(),
  })
  .readonly()
