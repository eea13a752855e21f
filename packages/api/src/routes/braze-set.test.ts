import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BrazeDoors } from '../testing/braze.ts'
import { brazeDoors, groups, putBrazeGroups, setBody } from '../testing/braze.ts'
import { ask } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
let doors: BrazeDoors
const { texts, mails, chats } = groups
beforeAll(async () => {
  ledger = await openTestLedger()
  await putBrazeGroups(ledger)
  await ask(ledger.app, 'PUT', '/v1/groups/old', {
    body: { name: 'Old', channel: 'sms', brand: 'acme', purpose: 'marketing' },
  })
  await ask(ledger.app, 'POST', '/v1/groups/old/archive')
  doors = brazeDoors(ledger)
})
afterAll(() => ledger.close())

const v1 = '/subscription/status/set'
const v2 = '/v2/subscription/status/set'
const email = '/email/status'
const many = (count: number) => Array.from({ length: count }, (_, index) => `u-${index}`)
const notBoth = 'Either an email address or a phone number should be provided, but not both.'
const tooManyExternalIds = 'The max number of external_ids and aliases per request was exceeded'
const tooManyIds = 'The max number of ids per request was exceeded'
const inMany = (...groupsOfBody: readonly object[]) => ({ subscription_groups: groupsOfBody })
const ofMany = (state: string, who: object, group: string = texts) => setBody(state, who, group)

const success = { message: 'success' }

describe('what is answered 201', () => {
  test.each([
    ['an external id in a list', v1, setBody('subscribed', { external_id: ['a-1'] })],
    ['a bare external id', v1, setBody('subscribed', { external_id: 'a-1' })],
    ['a number as an external id', v1, setBody('subscribed', { external_id: 17 })],
    ['a bare phone', v1, setBody('unsubscribed', { phone: '+12025550101' })],
    ['a phone for a WhatsApp group', v1, setBody('subscribed', { phone: '+12025550101' }, chats)],
    [
      'fifty phones',
      v1,
      setBody('unsubscribed', { phone: many(50).map((_, i) => `+120255501${10 + i}`) }),
    ],
    ['an id twice', v1, setBody('unsubscribed', { external_id: ['a-1', 'a-1'] })],
    [
      'nulls for what is absent',
      v1,
      setBody('subscribed', { external_id: 'a-1', email: null, phone: null }),
    ],
    ['a state with a capital', v1, setBody('Unsubscribed', { external_id: 'a-1' })],
    ['an unknown field', v1, setBody('subscribed', { external_id: 'a-1', more: { of: 'it' } })],
    ['an opt-out of an archived group', v1, setBody('unsubscribed', { external_id: 'a-1' }, 'old')],
    [
      'several groups',
      v2,
      inMany(
        ofMany('subscribed', { external_ids: ['a-1', 'a-2'] }),
        ofMany('unsubscribed', { external_ids: ['a-1'] }, mails),
      ),
    ],
    ['bare texts in v2', v2, inMany(ofMany('subscribed', { phones: '+12025550101' }))],
    ['one e-mail address', email, { email: 'a@example.org', subscription_state: 'unsubscribed' }],
    ['opted_in', email, { email: ['a@example.org'], subscription_state: 'opted_in' }],
  ])('%s', async (_case, url, body) => {
    const answer = await doors.post(url, body)
    expect(answer.json).toEqual(success)
    expect(answer.status).toBe(201)
    expect(answer.headers['x-ledger-position']).toContain(ledger.deps.reader.logId)
  })
})

describe('what is answered 400', () => {
  const wide = setBody('subscribed', { email: 'a@example.org', phone: '+12025550101' })
  test.each([
    ['e-mail and phone', v1, wide, notBoth],
    ['51 external ids', v1, setBody('subscribed', { external_id: many(51) }), tooManyExternalIds],
    ['51 phones', v1, setBody('unsubscribed', { phone: many(51) }), tooManyIds],
    [
      '51 e-mail addresses',
      email,
      { email: many(51), subscription_state: 'subscribed' },
      tooManyIds,
    ],
    [
      'nobody',
      v1,
      setBody('subscribed', {}),
      'One of external_id, email or phone must be provided',
    ],
    ['an empty list', v1, setBody('subscribed', { external_id: [] }), /^One of external_id/],
    [
      'a blank id',
      v1,
      setBody('subscribed', { external_id: ' ' }),
      'external_id[0]: expected an id',
    ],
    [
      'no state',
      v1,
      { subscription_group_id: texts, external_id: 'a' },
      /^subscription_state: expected/,
    ],
    [
      'another state',
      v1,
      setBody('opted_in', { external_id: 'a' }),
      /^subscription_state: expected/,
    ],
    [
      'no group',
      v1,
      { subscription_state: 'subscribed', external_id: 'a' },
      /^subscription_group_id/,
    ],
    [
      'no id of a group',
      v1,
      setBody('subscribed', { external_id: 'a' }, 'a b'),
      /^subscription_group_id/,
    ],
    [
      'an unknown group',
      v1,
      setBody('subscribed', { external_id: 'a' }, 'none'),
      /^external_id\[0\]: there is no/,
    ],
    ['an archived group', v1, setBody('subscribed', { external_id: 'a' }, 'old'), /archived/],
    [
      'a phone without its plus',
      v1,
      setBody('subscribed', { phone: '12025550101' }),
      /^phone\[0\]: .*E\.164/,
    ],
    [
      'no e-mail address',
      v1,
      setBody('subscribed', { email: 'a' }, mails),
      /^email\[0\]: expected/,
    ],
    [
      'a phone for e-mail',
      v1,
      setBody('subscribed', { phone: '+12025550101' }, mails),
      /expected an e-mail/,
    ],
    ['e-mail for texts', v1, setBody('subscribed', { email: 'a@example.org' }), /expected a phone/],
    ['no groups', v2, inMany(), /^subscription_groups: expected/],
    ['no list of groups', v2, { subscription_groups: 'all' }, /^subscription_groups: expected/],
    [
      'e-mail and phone in two groups',
      v2,
      inMany(
        ofMany('subscribed', { phones: '+12025550101' }),
        ofMany('subscribed', { emails: 'a@example.org' }, mails),
      ),
      notBoth,
    ],
    [
      '51 in a group',
      v2,
      inMany(ofMany('subscribed', { external_ids: many(51) })),
      tooManyExternalIds,
    ],
    [
      '451 groups',
      v2,
      inMany(...many(451).map((id) => ofMany('subscribed', { external_ids: id }))),
      tooManyIds,
    ],
    [
      'no e-mail to set',
      email,
      { email: [], subscription_state: 'subscribed' },
      /^email: expected/,
    ],
    [
      'a state that e-mail has not',
      email,
      { email: 'a@example.org', subscription_state: 'gone' },
      /^subscription_state: expected opted_in/,
    ],
    ['a list for a body', v1, [], /^body: /],
    ['null for a body', email, 'null', /^body: /],
    [
      'a person without evidence',
      v1,
      setBody('subscribed', { external_id: 'a', actor: 'person', method: 'web-form' }),
      /^external_id\[0\]/,
    ],
    [
      'an actor there is not',
      v1,
      setBody('subscribed', { external_id: 'a', actor: 'nobody' }),
      /^external_id\[0\]/,
    ],
  ])('%s', async (_case, url, body, message) => {
    const { status, json } = await doors.post(url, body)
    expect(json).toEqual({
      message: (message instanceof RegExp ? expect.stringMatching(message) : message) as unknown,
      errors: expect.arrayContaining([expect.any(String)]) as unknown,
      code: 'invalid-request',
    })
    expect(status).toBe(400)
  })

  test.each([
    [401, 'Unauthorized', 'no-key', { key: null }],
    [400, 'Malformed JSON', 'malformed-json', { body: '{"a' }],
    [415, 'Unsupported media type', 'unsupported-media-type', { body: 'a=1', type: 'text/plain' }],
    [413, 'Body too large', 'body-too-large', { body: { a: 'x'.repeat(1_100_000) } }],
  ])('%i has the same form', async (status, message, code, asked) => {
    const answer = await ask(ledger.app, 'POST', v1, asked)
    expect(answer.status).toBe(status)
    expect(answer.json).toEqual({ message, errors: [expect.any(String)], code })
    expect(answer.headers['x-ratelimit-limit']).toBe('5000')
  })

  test('403 and 404 have the same form', async () => {
    const key = await ledger.keyFor(['intake'], ['urn:other'])
    const bound = await doors.post(v1, setBody('unsubscribed', { external_id: 'a' }), { key })
    expect([bound.status, bound.json['message']]).toEqual([403, 'Access Denied'])
    const own = await ledger.keyFor(['intake'], ['urn:braze'])
    const let_in = await doors.post(v1, setBody('unsubscribed', { external_id: 'a' }), { key: own })
    expect(let_in.status).toBe(201)
    const lost = await ask(ledger.app, 'POST', '/users/merge', { body: {} })
    expect([lost.status, lost.json['message'], lost.json['code']]).toEqual([
      404,
      'Not Found',
      'not-found',
    ])
  })
})
