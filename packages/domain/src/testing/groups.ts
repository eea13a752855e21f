import type { Group, GroupDefinition } from '../group.ts'
import { defineGroup, groupDefinitionSchema } from '../group.ts'
import type { GroupId } from '../identifiers.ts'

const group = (id: string, channel: string, rest: Partial<GroupDefinition> = {}): Group => {
  const definition = { name: id, channel, brand: 'acme', purpose: 'marketing' as const, ...rest }
  return defineGroup(id as GroupId, groupDefinitionSchema.parse(definition))
}

/** A small tenant: two brands, three channels, both purposes, one double opt-in group. */
export const groups = {
  offers: group('offers', 'sms'),
  sale: group('sale', 'sms'),
  rcs: group('rcs', 'rcs'),
  confirmed: group('confirmed', 'sms', { doubleOptIn: true, confirmWithinDays: 7 }),
  receipts: group('receipts', 'sms', { purpose: 'transactional' }),
  otherBrand: group('other-brand', 'sms', { brand: 'zenith' }),
  news: group('news', 'email'),
  orderNews: group('order-news', 'email'),
  waOffers: group('wa-offers', 'whatsapp'),
  waReceipts: group('wa-receipts', 'whatsapp', { purpose: 'transactional' }),
} as const
