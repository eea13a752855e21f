import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Ask } from './testing/client.ts'
import { ask, marketing, phone } from './testing/client.ts'
import { everyDoor } from './testing/fake-doors.ts'
import type { TestLedger } from './testing/test-ledger.ts'
import { openTestLedger } from './testing/test-ledger.ts'

let ledger: TestLedger
beforeAll(async () => {
  ledger = await openTestLedger(everyDoor)
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
})
afterAll(() => ledger.close())

/** A value that must never come back. */
const secret = 'hunter2'
const many = (count: number) => Array.from({ length: count }, () => phone('+12025550101'))

type Method = Parameters<typeof ask>[1]
type Case = [code: string, status: number, field: string | null, Method, url: string, Ask?]
const cases: readonly Case[] = [
  ['malformed-json', 400, null, 'POST', '/v1/state', { body: `{"${secret}` }],
  ['malformed-json', 400, null, 'POST', '/v1/signals', { body: `[${secret}]` }],
  [
    'malformed-json',
    400,
    null,
    'POST',
    '/v1/state',
    { body: Buffer.from('{"group":"\xff"}', 'latin1') },
  ],
  ['invalid-request', 400, 'addresses', 'POST', '/v1/state', { body: { group: secret } }],
  [
    'invalid-request',
    400,
    'addresses',
    'POST',
    '/v1/state',
    { body: { group: 'x', addresses: [] } },
  ],
  [
    'invalid-request',
    400,
    'group',
    'POST',
    '/v1/permissions',
    { body: { group: 7, addresses: many(1) } },
  ],
  [
    'invalid-request',
    400,
    'knowAt',
    'POST',
    '/v1/state',
    { body: { group: 'x', addresses: many(1), knowAt: secret } },
  ],
  [
    'invalid-request',
    400,
    '?',
    'POST',
    '/v1/state',
    { body: { group: 'x', addresses: many(1), [`+1${secret}`]: 1 } },
  ],
  [
    'invalid-request',
    400,
    'at',
    'POST',
    '/v1/state',
    { body: { group: 'x', addresses: many(1), at: secret } },
  ],
  [
    'invalid-request',
    400,
    'knownAt',
    'POST',
    '/v1/state',
    { body: { group: 'x', addresses: many(1), knownAt: secret } },
  ],
  [
    'invalid-request',
    400,
    'atLeast',
    'POST',
    '/v1/state',
    { body: { group: 'x', addresses: many(1), atLeast: secret } },
  ],
  [
    'invalid-request',
    400,
    'consistency',
    'POST',
    '/v1/permissions',
    { body: { group: 'x', addresses: many(1), consistency: secret } },
  ],
  ['invalid-request', 400, 'body', 'POST', '/v1/state', {}],
  ['invalid-request', 400, 'body', 'POST', '/v1/signals', {}],
  ['invalid-request', 400, 'body', 'POST', '/v1/signals', { body: `"${secret}"` }],
  ['invalid-request', 400, 'body', 'POST', '/v1/signals', { body: 'null' }],
  [
    'invalid-request',
    400,
    'body',
    'POST',
    '/v1/signals',
    { body: [], type: 'application/cloudevents+json' },
  ],
  [
    'invalid-request',
    400,
    'body',
    'POST',
    '/v1/signals',
    { body: {}, type: 'application/cloudevents-batch+json' },
  ],
  ['invalid-request', 400, 'limit', 'GET', '/v1/groups?limit=1001'],
  ['invalid-request', 400, 'limit', 'GET', '/v1/groups?limit=1&limit=2'],
  ['invalid-request', 400, 'limit', 'GET', `/v1/changes?limit=${secret}`],
  ['invalid-request', 400, 'after', 'GET', `/v1/changes?after=${secret}`],
  ['invalid-request', 400, 'key', 'GET', `/v1/changes?key=${secret}`],
  [
    'invalid-request',
    400,
    'last-event-id',
    'GET',
    '/v1/changes',
    { headers: { accept: 'text/event-stream', 'last-event-id': secret } },
  ],
  [
    'invalid-request',
    400,
    'purpose',
    'PUT',
    '/v1/groups/other',
    { body: { ...marketing, purpose: secret } },
  ],
  ['invalid-request', 400, 'id', 'PUT', '/v1/groups/a%20b', { body: marketing }],
  ['invalid-request', 400, null, 'GET', '/v1/groups/%E0%A4%A'],
  ['invalid-request', 400, 'address', 'POST', '/v1/subjects/lookup', { body: {} }],
  [
    'invalid-request',
    400,
    'cursor',
    'GET',
    '/v1/subjects/01900000-0000-7000-8000-000000000000/history?cursor=a',
  ],
  [
    'invalid-request',
    400,
    'scopes.0',
    'POST',
    '/v1/keys',
    { body: { name: 'x', scopes: [secret] } },
  ],
  ['invalid-request', 400, 'items', 'POST', '/sources/in-person/till', { body: { items: secret } }],
  [
    'foreign-position',
    400,
    'atLeast',
    'POST',
    '/v1/state',
    { body: { group: 'x', addresses: many(1), atLeast: '00000000-0000000000000001' } },
  ],
  [
    'foreign-position',
    400,
    'knownAt',
    'POST',
    '/v1/state',
    { body: { group: 'x', addresses: many(1), knownAt: '00000000-0000000000000001' } },
  ],
  ['foreign-position', 400, 'after', 'GET', '/v1/changes?after=00000000-0000000000000001.000000'],
  ['no-key', 401, null, 'GET', '/v1/groups', { key: `Bearer ${secret}` }],
  ['not-found', 404, null, 'GET', `/${secret}`],
  ['not-found', 404, null, 'PATCH', '/v1/groups/offers', { body: {} }],
  [
    'unknown-group',
    404,
    'group',
    'POST',
    '/v1/state',
    { body: { group: secret, addresses: many(1) } },
  ],
  ['unknown-group', 404, null, 'GET', `/v1/groups/${secret}`],
  ['unknown-group', 404, null, 'POST', `/v1/groups/${secret}/archive`],
  ['unknown-subject', 404, null, 'GET', `/v1/subjects/${secret}/history`],
  [
    'unknown-subject',
    404,
    null,
    'GET',
    '/v1/subjects/01900000-0000-7000-8000-000000000000/history',
  ],
  ['unknown-subject', 404, null, 'POST', '/v1/subjects/lookup', { body: { externalId: secret } }],
  ['unknown-key', 404, null, 'POST', `/v1/keys/${secret}/revoke`],
  ['unknown-source', 404, null, 'POST', '/sources/in-person/other', { body: {} }],
  [
    'fixed-field',
    409,
    'channel,brand',
    'PUT',
    '/v1/groups/offers',
    { body: { ...marketing, channel: 'email', brand: secret } },
  ],
  [
    'too-many-items',
    413,
    null,
    'POST',
    '/v1/signals',
    { body: Array.from({ length: 1_001 }, () => ({})) },
  ],
  [
    'too-many-items',
    413,
    null,
    'POST',
    '/v1/state',
    { body: { group: 'x', addresses: many(1_001) } },
  ],
  [
    'too-many-items',
    413,
    null,
    'POST',
    '/v1/permissions',
    { body: { group: 'x', addresses: many(1_001) } },
  ],
  ['body-too-large', 413, null, 'POST', '/v1/state', { body: ' '.repeat(1024 * 1024 + 1) }],
  ['body-too-large', 413, null, 'POST', '/v1/signals', { body: ' '.repeat(8 * 1024 * 1024 + 1) }],
  ['unsupported-media-type', 415, null, 'POST', '/v1/state', { body: '{}', type: 'text/plain' }],
  ['unsupported-media-type', 415, null, 'POST', '/v1/signals', { body: '{}', type: 'text/csv' }],
  ['unsupported-media-type', 415, null, 'POST', '/v1/signals', { body: '{}', type: `a${secret}` }],
  [
    'unsupported-media-type',
    415,
    'content-encoding',
    'POST',
    '/v1/signals',
    { body: '{}', headers: { 'content-encoding': 'gzip' } },
  ],
]

test.each(cases)(
  '%s is %i and names %s: %s %s',
  async (code, status, field, method, url, asked) => {
    const answer = await ask(ledger.app, method, url, asked)
    expect(answer.json).toMatchObject({ code, status, type: `/docs/errors#${code}` })
    expect(answer.json['field'] ?? null).toBe(field)
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.text).not.toContain(secret)
  },
)
