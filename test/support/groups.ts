import type { Group, GroupDefinition, GroupId } from '@ledger/domain'
import { groupDefinitionSchema } from '@ledger/domain'
import type { GroupCatalogue } from '@ledger/ledger'

type Parts = Partial<GroupDefinition>

/** A group's definition; by default one that markets by SMS for acme. */
export const definitionOf = (name: string, parts: Parts = {}): GroupDefinition =>
  groupDefinitionSchema.parse({
    name,
    channel: 'sms',
    brand: 'acme',
    purpose: 'marketing',
    ...parts,
  })

/** A small tenant: two brands, three families, both purposes, one double opt-in group. */
export const definitions = {
  offers: definitionOf('offers'),
  sale: definitionOf('sale'),
  confirmed: definitionOf('confirmed', { doubleOptIn: true, confirmWithinDays: 7 }),
  receipts: definitionOf('receipts', { purpose: 'transactional' }),
  zenith: definitionOf('zenith', { brand: 'zenith' }),
  news: definitionOf('news', { channel: 'email' }),
  'wa-offers': definitionOf('wa-offers', { channel: 'whatsapp' }),
} as const

/** Defines a group, and fails the test when that is refused. */
export async function defineGroup(
  groups: GroupCatalogue,
  id: string,
  definition: GroupDefinition = definitionOf(id),
): Promise<Group> {
  const change = await groups.define(id as GroupId, definition)
  if (!change.ok) throw new Error(`the group was not defined: ${change.code}`)
  return change.group
}

/** Defines every group of the small tenant. */
export async function defineGroups(groups: GroupCatalogue): Promise<void> {
  for (const [id, definition] of Object.entries(definitions)) {
    await defineGroup(groups, id, definition)
  }
}
