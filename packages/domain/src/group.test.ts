import { describe, expect, it } from 'vitest'
import { familyOf, familyOfKind } from './channel.ts'
import { changedFixedFields, defineGroup, groupDefinitionSchema } from './group.ts'
import type { GroupId } from './identifiers.ts'
import { groups } from './testing/groups.ts'

const offers = { name: 'Offers', channel: 'sms', brand: 'acme', purpose: 'marketing' }

describe('a group', () => {
  it('has the family of its channel, and waits thirty days unless it says otherwise', () => {
    const definition = groupDefinitionSchema.parse(offers)
    expect(defineGroup('offers' as GroupId, definition)).toMatchObject({
      id: 'offers',
      family: 'carrier-messaging',
      doubleOptIn: false,
      confirmWithinDays: 30,
      isArchived: false,
    })
  })

  it.each([
    ['channel', { channel: 'email' }],
    ['brand', { brand: 'zenith' }],
    ['purpose', { purpose: 'transactional' }],
  ])('never changes its %s', (field, change) => {
    const after = groupDefinitionSchema.parse({ ...offers, ...change })
    expect(changedFixedFields(groups.offers, after)).toEqual([field])
  })

  it('may change all else', () => {
    const after = groupDefinitionSchema.parse({ ...offers, name: 'Deals', doubleOptIn: true })
    expect(changedFixedFields(groups.offers, after)).toEqual([])
  })
})

describe('families', () => {
  it('join the channels of the carriers, and leave every other alone', () => {
    expect(['sms', 'mms', 'rcs'].map(familyOf)).toEqual(Array(3).fill('carrier-messaging'))
    expect(['email', 'whatsapp', 'push'].map(familyOf)).toEqual(['email', 'whatsapp', 'push'])
  })

  it.each([
    ['phone', 'carrier-messaging'],
    ['whatsapp-user', 'whatsapp'],
    ['messenger-user', 'messenger'],
    ['telegram-user', 'telegram'],
    ['viber-user', 'viber'],
    ['email', 'email'],
    ['external-id', null],
    ['constructor', 'constructor'],
  ])('of an address of kind %s is %s', (kind, family) => {
    expect(familyOfKind(kind)).toBe(family)
  })
})
