import * as z from 'zod'
import {
  cursorInput,
  eventIdText,
  instantText,
  limitInput,
  positionText,
  subjectIdText,
} from './fields.ts'

export const parkedQuery = z.strictObject({ limit: limitInput, cursor: cursorInput.optional() })
export const parkedParams = z.object({ position: z.string().min(1).max(128) })

export const parkedAnswerSchema = z
  .object({
    items: z
      .array(
        z
          .object({
            position: positionText,
            stream: z.string(),
            subject: subjectIdText.nullable(),
            eventId: eventIdText,
            reason: z.string().meta({ description: 'As of the last try.' }),
            attempts: z.int(),
            parkedAt: instantText,
          })
          .readonly(),
      )
      .readonly(),
    cursor: z.string().nullable(),
  })
  .readonly()

const retryOutcomes = [
  'applied',
  'unknown-type',
  'unknown-version',
  'malformed',
  'misplaced',
  'not-applicable',
  'needs-rebuild',
] as const

/** What became of a retry, and what that asks of the operator. */
export const retryFields = {
  outcome: z.enum(retryOutcomes).meta({ description: 'Anything but `applied` leaves it parked.' }),
  detail: z.string(),
}

export const retryAnswerSchema = z.object({ position: positionText, ...retryFields }).readonly()
