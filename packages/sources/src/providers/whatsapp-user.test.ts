import { describe, expect, test } from 'vitest'
import { linesOf } from '../testing/given-source.ts'
import type { Part } from '../testing/whatsapp-payloads.ts'
import {
  at,
  change,
  lines,
  message,
  optOuts,
  phone,
  post,
  read,
  text,
  timestamp,
  userId,
  wide,
} from '../testing/whatsapp-payloads.ts'

describe('a person', () => {
  const contacts = [{ profile: { name: 'Ana' }, wa_id: phone, user_id: userId }]
  const both = [`link ${phone} ${userId}`, ...optOuts(phone), ...optOuts(userId)]

  test.each([
    ['with both keys', {}, { from_user_id: userId }, both],
    ['whose second key stands with the contacts', { contacts }, {}, both],
    ['with a user id only', {}, { from: undefined, from_user_id: userId }, optOuts(userId)],
    ['with the user id in the field of the number', {}, { from: userId }, optOuts(userId)],
    [
      'beside the contact of another',
      { contacts: [{ ...contacts[0], wa_id: '1' }] },
      {},
      optOuts(phone),
    ],
  ])('%s opts out under each key', (_who, beside, part, expected) => {
    const payload = post(change({ ...beside, messages: [text('Stop', part)] }))
    expect(linesOf(read(payload))).toEqual(expected)
  })

  test('is linked once, whatever they say and however often', () => {
    const payload = (body: string) =>
      post(change({ contacts, messages: [text(body, { id: `wamid.${body}` })] }))
    const links = ['hello', 'again'].map((body) => read(payload(body))?.signals[0])
    expect(links[0]).toMatchObject({
      id: `${phone}:${userId}:link`,
      isRefrain: true,
      signal: { action: 'link', relation: 'same-person', actor: 'provider', claimedAt: undefined },
    })
    expect(links[1]).toEqual(links[0])
  })

  test('has an id of their own for each key, the same whether the other came along or not', () => {
    const idsOf = (part: Part) =>
      (read(post(change({ messages: [text('Stop', part)] })))?.signals ?? []).map(({ id }) => id)
    expect(idsOf({ from_user_id: userId })).toEqual([
      `${phone}:${userId}:link`,
      'wamid.EXAMPLE1:opt-out',
      'wamid.EXAMPLE1:opt-out:offers-wa',
      'wamid.EXAMPLE1:opt-out:user-id',
      'wamid.EXAMPLE1:opt-out:offers-wa:user-id',
    ])
    expect(idsOf({ from: undefined, from_user_id: userId })).toEqual([
      'wamid.EXAMPLE1:opt-out:user-id',
      'wamid.EXAMPLE1:opt-out:offers-wa:user-id',
    ])
  })

  test.each([
    ['nobody', { from: undefined }],
    ['a name that is neither key', { from: 'ana.b' }],
  ])('who is %s is left to somebody to look at', (_who, part) => {
    expect(read(post(change({ messages: [text('Stop', part)] })))).toMatchObject({
      signals: [],
      hasUnreadable: true,
    })
  })
})

describe('a change', () => {
  const system = (part: Part, named: Part = {}): Part =>
    message({ type: 'system', system: { body: 'changed', ...part }, ...named })

  test('of the number links the old one to what came after it', () => {
    const moved = { type: 'user_changed_number', wa_id: '15550100777' }
    expect(lines(system(moved))).toEqual([`link ${phone} 15550100777 ${at}`])
    const ids = { user_id: 'US.777', previous_user_id: userId }
    expect(lines(system({ ...moved, ...ids }))).toEqual([
      `link ${phone} ${userId}`,
      `link ${phone} 15550100777 ${at}`,
      `link ${phone} US.777 ${at}`,
    ])
    const [first] = read(post(change({ messages: [system(moved)] })))?.signals ?? []
    expect(first).toMatchObject({ id: 'wamid.EXAMPLE1:link', signal: { relation: 'successor' } })
  })

  test('of the user id alone links the two ids', () => {
    const ids = { type: 'user_changed_user_id', previous_user_id: userId, user_id: 'US.777' }
    expect(lines(system(ids, { from: undefined }))).toEqual([`link ${userId} US.777 ${at}`])
  })

  test('that does not say to what is left to somebody to look at', () => {
    const reading = read(post(change({ messages: [system({ type: 'user_changed_number' })] })))
    expect(reading).toMatchObject({ signals: [], hasUnreadable: true })
  })

  test('of the marketing preference is one of the marketing', () => {
    const wish = (marketing: string) => system({ type: 'user_preference_changed', marketing })
    expect(lines(wish('stop'))).toEqual([`opt-out ${wide} ${phone} ${at}`])
    expect(lines(system({ type: 'user_identity_changed' }))).toEqual([])
  })
})

describe('a preference', () => {
  const wish = {
    wa_id: phone,
    user_id: userId,
    detail: 'User stopped marketing messages',
    category: 'marketing_messages',
    value: 'stop',
    timestamp: 1_795_420_800,
  }
  const wishes = (part: Part) =>
    read(post(change({ user_preferences: [{ ...wish, ...part }] }, 'user_preferences')))

  test('of stop and of resume is about all marketing, and grants nothing', () => {
    expect(linesOf(wishes({}))).toEqual([
      `link ${phone} ${userId}`,
      `opt-out ${wide} ${phone} ${at}`,
      `opt-out ${wide} ${userId} ${at}`,
    ])
    expect(linesOf(wishes({ value: 'resume', user_id: undefined }))).toEqual([
      `opt-in ${wide} ${phone} ${at}`,
    ])
    const [, first] = wishes({})?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      actor: 'provider',
      method: 'provider-signal',
      evidence: { keywordRule: 'flag/STOP', category: 'marketing_messages' },
    })
  })

  test('has no id, and is known by what it says', () => {
    const idOf = (part: Part) => wishes(part)?.signals.at(-1)?.id
    expect(idOf({})).toMatch(/^sha256:[0-9a-f]{64}:opt-out:user-id$/)
    expect(idOf({ detail: 'in other words' })).toBe(idOf({}))
    expect(idOf({ timestamp: 1_795_420_801 })).not.toBe(idOf({}))
  })

  test('of another category stops, and does not resume', () => {
    const other = { category: 'all_messages', user_id: undefined }
    expect(linesOf(wishes(other))).toEqual([`opt-out ${wide} ${phone} ${at}`])
    expect(linesOf(wishes({ ...other, value: 'resume' }))).toEqual([])
    expect(wishes({ value: 'pause' })).toMatchObject({ signals: [], hasUnreadable: true })
  })
})

describe('a status', () => {
  const status = (part: Part) =>
    read(
      post(
        change({
          statuses: [
            { id: 'wamid.SENT', status: 'failed', timestamp, recipient_id: phone, ...part },
          ],
        }),
      ),
    )

  test('of 131050 is an inferred opt-out, under each key', () => {
    const errors = [{ code: 131_050, title: 'User stopped marketing messages' }]
    expect(linesOf(status({ errors }))).toEqual([`opt-out ${wide} ${phone}`])
    expect(linesOf(status({ errors, recipient_user_id: userId }))).toEqual([
      `link ${phone} ${userId}`,
      `opt-out ${wide} ${phone}`,
      `opt-out ${wide} ${userId}`,
    ])
    expect(status({ errors })?.signals[0]?.id).toBe('wamid.SENT:failed:opt-out')
  })

  test.each([131_026, 131_047, 131_048, 131_049])('of %i says nothing of consent', (code) => {
    expect(linesOf(status({ errors: [{ code }] }))).toEqual([])
  })

  test('of a message that arrived says no more than who it is', () => {
    expect(linesOf(status({ status: 'delivered' }))).toEqual([])
    expect(linesOf(status({ status: 'read', recipient_user_id: userId }))).toEqual([
      `link ${phone} ${userId}`,
    ])
  })
})

describe('a batch', () => {
  const stopOf = (from: string): Part => text('stop', { from, id: `wamid.${from}` })

  test('of many entries, changes and messages is read in whole', () => {
    const payload = {
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '1',
          changes: [
            change({ messages: [stopOf('15550100001'), stopOf('15550100002')] }),
            change({ messages: [stopOf('15550100003')] }),
          ],
        },
        { id: '2', changes: [change({ messages: [stopOf('15550100004')] })] },
      ],
    }
    const reading = read(payload)
    expect(linesOf(reading)).toEqual(
      [1, 2, 3, 4].flatMap((number) => optOuts(`1555010000${number}`)),
    )
    expect(reading?.hasUnreadable).toBe(false)
  })

  test('costs nobody for a broken neighbour, which is kept', () => {
    const good = text('stop')
    const payload = {
      object: 'whatsapp_business_account',
      entry: [
        null,
        { id: {}, changes: 7 },
        {
          id: '1029384756',
          changes: [
            'change',
            { field: 'messages', value: null },
            { field: 'account_update', value: null },
            change({
              contacts: 'nobody',
              statuses: [{ status: 'failed' }, 3],
              messages: [null, { from: phone }, { ...good, text: { body: 5 } }, good],
            }),
          ],
        },
      ],
    }
    const reading = read(payload)
    expect(linesOf(reading)).toEqual(optOuts(phone))
    expect(reading?.hasUnreadable).toBe(true)
  })

  test('in another order, or with a message twice, says the same under the same ids', () => {
    const [stop, start] = [text('stop'), text('start', { id: 'wamid.2', timestamp: '1795420860' })]
    const idsOf = (...messages: readonly Part[]) =>
      new Set((read(post(change({ messages })))?.signals ?? []).map(({ id }) => id))
    expect(idsOf(start, stop, start)).toEqual(idsOf(stop, start))
  })
})
