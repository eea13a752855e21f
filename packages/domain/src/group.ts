import * as z from 'zod'
import { channelSchema, familyOf } from './channel.ts'
import type { Family } from './channel.ts'
import type { GroupId } from './identifiers.ts'

export const groupIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)
export const brandSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
export const purposeSchema = z.enum(['marketing', 'transactional'])
export type Purpose = z.infer<typeof purposeSchema>

/** What a caller says of a group. Channel, brand and purpose never change after creation. */
export const groupDefinitionSchema = z.strictObject({
  name: z.string().min(1).max(256),
  channel: channelSchema,
  brand: brandSchema,
  purpose: purposeSchema,
  senders: z.array(z.string().min(1).max(128)).max(1_000).default([]),
  doubleOptIn: z.boolean().default(false),
  /** How long an unconfirmed request stays live, in days. Braze's is 30. */
  confirmWithinDays: z.int().min(1).max(365).default(30),
})
export type GroupDefinition = z.infer<typeof groupDefinitionSchema>

/** A group as its stream says it is. */
export type Group = GroupDefinition & {
  readonly id: GroupId
  readonly family: Family
  readonly isArchived: boolean
}

/** The group a definition makes. */
export function defineGroup(id: GroupId, definition: GroupDefinition, isArchived = false): Group {
  return { ...definition, id, family: familyOf(definition.channel), isArchived }
}

const fixedFields = ['channel', 'brand', 'purpose'] as const

/** The fields of a redefinition that may never change but would; empty when it is allowed. */
export function changedFixedFields(before: Group, after: GroupDefinition): readonly string[] {
  return fixedFields.filter((field) => before[field] !== after[field])
}
