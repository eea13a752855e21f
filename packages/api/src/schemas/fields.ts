import * as z from 'zod'
import { authoritySchema, parseInstant, states } from '@ledger/domain'
import { pageSize } from '../limits.ts'

/** RFC 3339 in UTC with microseconds, as the ledger writes it. */
export const instantText = z.string().meta({ format: 'date-time' })
/** An opaque place in the log: compare and hand back, never compute. */
export const positionText = z
  .string()
  .meta({ description: 'An opaque, ordered cursor in the log.' })
export const eventIdText = z.string().meta({ format: 'uuid' })
export const subjectIdText = z.string().meta({ format: 'uuid' })

/** An instant as a caller writes it. */
export const instantInput = z
  .string()
  .meta({ format: 'date-time' })
  .transform((text, context) => {
    const at = parseInstant(text)
    if (at !== null) return at
    context.addIssue({ code: 'custom', message: 'expected an RFC 3339 instant with an offset' })
    return z.NEVER
  })

/** The state of one subject in one group, as every answer spells it. */
export const stateFields = {
  state: z.enum(states),
  since: instantText.nullable(),
  decisiveEventId: eventIdText.nullable(),
  ruleId: z.string(),
  authority: authoritySchema.nullable(),
  held: z.boolean(),
  sendBlock: z.boolean(),
}

/** `limit` of a list, from its query string. */
export const limitInput = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, `expected a whole number from 1 to ${pageSize.max}`)
  .transform(Number)
  .refine((limit) => limit <= pageSize.max, `expected a whole number from 1 to ${pageSize.max}`)
  .default(pageSize.byDefault)

export const cursorInput = z.string().min(1).max(160)
