import * as z from 'zod'
import { instantText } from './fields.ts'
import { signalAnswerSchema } from './signals.ts'

export const healthSchema = z.object({ status: z.literal('ok') }).readonly()
export const readinessSchema = z
  .object({ ready: z.boolean(), reasons: z.array(z.string()).readonly().optional() })
  .readonly()

export const rebuildSchema = z
  .object({
    state: z.enum(['idle', 'running', 'done', 'cancelled', 'failed']),
    applied: z.number(),
    total: z.number().nullable(),
    startedAt: instantText.nullable(),
    endedAt: instantText.nullable(),
  })
  .readonly()

export const inPersonParams = z.object({ name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/) })
/** The source reads the body itself, so that a broken row fails nobody else. */
export const inPersonBodySchema = z.string().meta({
  description: 'CSV with a header line, or JSON `{ "items": [...] }`; one signal each.',
})

export const inPersonAnswerSchema = z
  .object({
    results: z.array(signalAnswerSchema.unwrap().extend({ row: z.int() }).readonly()).readonly(),
  })
  .readonly()
