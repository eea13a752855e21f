import * as z from 'zod'
import { keyScopeSchema } from '../door-scopes.ts'
import { cursorInput, instantInput, instantText, limitInput } from './fields.ts'

export const newKeySchema = z.strictObject({
  name: z.string().min(1).max(128),
  scopes: z.array(keyScopeSchema).min(1).max(keyScopeSchema.options.length),
  /** The CloudEvent sources it may speak for; any when absent. */
  sources: z.array(z.string().min(1).max(512)).min(1).max(100).nullish(),
  expiresAt: instantInput.nullish(),
})

export const keyListQuery = z.strictObject({ limit: limitInput, cursor: cursorInput.optional() })
export const keyParams = z.object({ id: z.string().max(256) })

export const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()).readonly(),
    sources: z.array(z.string()).readonly().nullable(),
    createdAt: instantText,
    expiresAt: instantText.nullable(),
    revokedAt: instantText.nullable(),
  })
  .readonly()

export const createdKeySchema = keySchema
  .unwrap()
  .extend({ key: z.string().meta({ description: 'Shown once; kept only as a hash.' }) })
  .readonly()

export const rotationBodySchema = z
  .strictObject({
    overlapHours: z
      .int()
      .min(0)
      .max(8_760)
      .optional()
      .meta({ description: 'How long the old key still opens doors; 24 unless said otherwise.' }),
  })
  .nullish()

export const rotatedKeySchema = createdKeySchema
  .unwrap()
  .extend({ old: keySchema.meta({ description: 'The key that it follows, with its new end.' }) })
  .readonly()

export const keyListSchema = z
  .object({ items: z.array(keySchema).readonly(), cursor: z.string().nullable() })
  .readonly()
