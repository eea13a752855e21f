import * as z from 'zod'
import { instantText } from './fields.ts'

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
