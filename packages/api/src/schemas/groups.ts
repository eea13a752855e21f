import * as z from 'zod'
import { groupDefinitionSchema, groupIdSchema } from '@ledger/domain'
import { cursorInput, limitInput, positionText } from './fields.ts'

export const groupParams = z.object({ id: z.string().min(1).max(256) })
export const newGroupParams = z.object({ id: groupIdSchema })
export const groupBodySchema = groupDefinitionSchema
export const groupListQuery = z.strictObject({
  limit: limitInput,
  cursor: cursorInput.optional(),
})

export const groupSchema = z
  .object({
    id: z.string(),
    ...groupDefinitionSchema.shape,
    senders: z.array(z.string()).readonly(),
    doubleOptIn: z.boolean(),
    confirmWithinDays: z.int(),
    archived: z.boolean(),
  })
  .readonly()
export type GroupAnswer = z.infer<typeof groupSchema>

export const writtenGroupSchema = groupSchema
  .unwrap()
  .extend({
    position: positionText
      .nullable()
      .meta({ description: 'Where the change was written; null when nothing changed.' }),
  })
  .readonly()

export const groupListSchema = z
  .object({ items: z.array(groupSchema).readonly(), cursor: z.string().nullable() })
  .readonly()
