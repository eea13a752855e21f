import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signalDataSchemas } from '@ledger/domain'
import { ask, marketing } from './testing/client.ts'
import { everyDoor } from './testing/fake-doors.ts'
import type { TestLedger } from './testing/test-ledger.ts'
import { openTestLedger } from './testing/test-ledger.ts'

/** Whatever a client sends, the fault is never ours: no answer is a 5xx, and each has its form. */
let ledger: TestLedger
beforeAll(async () => {
  ledger = await openTestLedger(everyDoor)
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
})
afterAll(() => ledger.close())

const numRuns = 300

/** Text that has broken readers before. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '\0',
    '\ud800',
    '\uFEFF',
    ' ',
    'NaN',
    '-0',
    '1e999',
    '9'.repeat(30),
    '2026-13-45T99:99:99Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999-23:59',
    '+1',
    `+${'9'.repeat(400)}`,
    'a@b',
    '%',
    "'; DROP TABLE events; --",
  ),
)
const oddValue = fc.oneof(
  { depthSize: 'small', withCrossShrink: true },
  fc.jsonValue({ maxDepth: 4 }),
  oddText,
  fc.constantFrom(0, -1, 1e308, 2 ** 53, null, true, [], {}),
)
const oddKey = fc.oneof(oddText, fc.constantFrom('kind', 'value', 'group', 'evidence', 'data'))
const oddObject = fc.dictionary(oddKey, oddValue, { maxKeys: 6, noNullPrototype: true })

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>

/** An object that is right but for a field or two: left out, replaced, or added. */
function mostly(fields: Fields): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...Object.keys(fields)) }, oddKey)
  const change = fc.record({ name, value: fc.option(oddValue, { nil: undefined }) })
  const changes = fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    fc.array(change, { minLength: 1, maxLength: 2 }),
  )
  return fc.tuple(fc.record(fields), changes).map(([object, made]) => {
    const entries = made.map(({ name: field, value }): [string, unknown] => [field, value])
    return Object.fromEntries([...Object.entries(object), ...entries])
  })
}

const address = mostly({
  kind: fc.constantFrom('phone', 'phone', 'whatsapp-user', 'external-id', 'constructor'),
  value: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('+12025550151', '+12025550152') },
    { weight: 1, arbitrary: oddText },
  ),
})
const scope = fc.oneof(
  fc.constantFrom('all', { group: 'offers' }, { group: 'none' }, { family: 'sms', purpose: 'any' }),
  mostly({
    brand: fc.constant('acme'),
    family: fc.constant('email'),
    group: fc.constant('offers'),
  }),
)
const instant = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123456789+14:00')
const dataFields: Fields = {
  address,
  externalId: fc.constantFrom('c1', '__proto__'),
  scope,
  actor: fc.constantFrom('person', 'provider', 'staff', 'system', 'import'),
  method: fc.constantFrom('api', 'web-form', 'sms-keyword', 'double-opt-in'),
  clock: fc.constantFrom('server', 'device'),
  claimedAt: instant,
  sentAt: instant,
  validUntil: instant,
  expiresAt: instant,
  evidence: fc.oneof(fc.constant({ messageId: 'm', tokenId: 't' }), oddObject),
  other: address,
  relation: fc.constantFrom('owner', 'same-person', 'successor'),
  voids: fc.array(fc.uuid(), { minLength: 1, maxLength: 3 }),
  replacement: mostly({
    action: fc.constant('opt-in'),
    scope,
    actor: fc.constant('staff'),
    method: fc.constant('api'),
    evidence: oddObject,
  }),
  decision: fc.constantFrom('dismissed', 'opt-out'),
}
const event = fc
  .constantFrom(...(Object.keys(signalDataSchemas) as (keyof typeof signalDataSchemas)[]))
  .chain((action) => {
    const names = Object.keys(signalDataSchemas[action].shape)
    return mostly({
      specversion: fc.constant('1.0'),
      id: fc.oneof({ weight: 3, arbitrary: fc.uuid() }, fc.constantFrom('a', 'b')),
      source: fc.constantFrom('urn:a', 'urn:b'),
      type: fc.constant(`subscription.${action}`),
      time: instant,
      data: mostly(
        Object.fromEntries(names.map((name) => [name, dataFields[name] ?? fc.constant(null)])),
      ),
    })
  })
const question = mostly({
  group: fc.constantFrom('offers', 'none', '__proto__'),
  addresses: fc.array(fc.oneof(address, oddValue), { maxLength: 5 }),
  at: instant,
  knownAt: instant,
  consistency: fc.constantFrom('strong', 'window'),
})
const lookup = mostly({
  address,
  externalId: fc.constant('c1'),
  consistency: fc.constant('strong'),
})
const group = mostly({
  name: fc.constant('n'),
  channel: fc.constantFrom('sms', 'email'),
  brand: fc.constant('acme'),
  purpose: fc.constantFrom('marketing', 'transactional'),
  senders: fc.array(fc.constant('12345'), { maxLength: 2 }),
  doubleOptIn: fc.boolean(),
  confirmWithinDays: fc.constant(5),
})
const key = mostly({
  name: fc.constant('k'),
  scopes: fc.array(fc.constantFrom('intake', 'admin'), { maxLength: 2 }),
  sources: fc.array(oddText, { maxLength: 2 }),
  expiresAt: instant,
})

const ids = fc.oneof(
  fc.constantFrom('c1', '+12025550151', 'a@example.org', null),
  fc.array(fc.oneof(oddValue, fc.constantFrom('c1', '+12025550151')), { maxLength: 3 }),
)
const inGroup: Fields = {
  subscription_group_id: fc.constantFrom('offers', 'offers', 'none'),
  subscription_state: fc.constantFrom('subscribed', 'unsubscribed'),
  use_double_opt_in_logic: fc.boolean(),
}
const set = mostly({ ...inGroup, external_id: ids, email: ids, phone: ids, evidence: oddObject })
const groupOfMany = mostly({ ...inGroup, external_ids: ids, emails: ids, phones: ids })
const setMany = mostly({ subscription_groups: fc.array(groupOfMany, { maxLength: 3 }) })
// Many people: the stream of one would grow with every run, and is read by every run.
const person = fc.nat(500)
const profile = mostly({
  external_id: person.map((nth) => `p${nth}`),
  user_alias: mostly({ alias_name: oddText, alias_label: oddText }),
  email: fc.option(person.map((nth) => `p${nth}@example.org`)),
  phone: person.map((nth) => `+1202556${1000 + nth}`),
  subscription_groups: fc.array(mostly(inGroup), { maxLength: 2 }),
  email_subscribe: fc.constantFrom('opted_in', 'unsubscribed'),
})
const track = mostly({
  attributes: fc.array(profile, { maxLength: 3 }),
  events: fc.array(oddObject, { maxLength: 2 }),
})
const emailStatus = mostly({ email: ids, subscription_state: fc.constant('unsubscribed') })

async function expectNoFault(
  ...asked: Parameters<typeof ask> extends [unknown, ...infer Rest] ? Rest : never
) {
  const answer = await ask(ledger.app, ...asked)
  if (answer.status >= 500) throw new Error(`${answer.text} ${ledger.logged.at(-1) ?? ''}`)
  if (answer.status >= 400) expect(answer.json['code']).toBeTypeOf('string')
  return answer
}

describe('bodies that are nearly right', () => {
  test('signals', { timeout: 60_000 }, async () => {
    const body = fc.oneof(
      { weight: 4, arbitrary: event },
      fc.array(fc.oneof(event, oddValue), { maxLength: 6 }),
      event.map((each) => [each, each]),
    )
    const sent = fc.asyncProperty(body, async (each) => {
      const { status, json } = await expectNoFault('POST', '/v1/signals', { body: each })
      if (status === 200 && Array.isArray(each)) expect(json['results']).toHaveLength(each.length)
    })
    await fc.assert(sent, { numRuns: numRuns * 2 })
    // The generator reaches past the readers.
    const metrics = await ledger.deps.metrics.text()
    for (const outcome of ['recorded', 'duplicate', 'quarantined', 'conflict', 'invalid']) {
      expect(metrics).toContain(`outcome="${outcome}"`)
    }
    // And what was recorded can be read: the projector has parked nothing.
    const { json } = await ask(ledger.app, 'POST', '/v1/permissions', {
      body: { group: 'offers', addresses: [{ kind: 'phone', value: '+12025550151' }] },
    })
    expect(json['freshness']).toMatchObject({ parked: 0 })
  })

  test.each([
    ['POST', '/v1/state', question],
    ['POST', '/v1/permissions', question],
    ['POST', '/v1/subjects/lookup', lookup],
    ['POST', '/v1/subjects/export', mostly({ address })],
    ['POST', '/v1/groups/offers/export', mostly({ states: fc.constant(['subscribed']) })],
    ['PUT', '/v1/groups/fuzzed', group],
    ['POST', '/v1/keys', key],
    ['POST', '/subscription/status/set', set],
    ['POST', '/v2/subscription/status/set', setMany],
    ['POST', '/users/track', track],
    ['POST', '/email/status', emailStatus],
    ['POST', '/sources/in-person/till', fc.record({ items: fc.array(event, { maxLength: 3 }) })],
  ] as const)('%s %s', { timeout: 60_000 }, async (method, url, body) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 5, arbitrary: body }, oddValue), async (each) => {
        await expectNoFault(method, url, { body: JSON.stringify(each) })
      }),
      // One profile is up to a dozen events.
      { numRuns: url === '/users/track' ? numRuns / 3 : numRuns },
    )
  })
})

test('bytes that are nothing at all', { timeout: 60_000 }, async () => {
  const doors = ['/v1/signals', '/v1/state', '/v1/keys', '/users/track', '/email/status'] as const
  const types = [
    'application/json',
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
    'text/csv',
  ]
  const bytes = fc.asyncProperty(
    fc.constantFrom(...doors),
    fc.constantFrom(...types),
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      oddText.map((text) => Buffer.from(`{"a":"${text}"}`)),
    ),
    async (url, type, body) => {
      await expectNoFault('POST', url, { body: Buffer.from(body), type })
    },
  )
  await fc.assert(bytes, { numRuns })
})

test('paths, queries and headers that are nearly right', { timeout: 60_000 }, async () => {
  const position = fc.constantFrom('0-1', `${'0'.repeat(8)}-${'9'.repeat(16)}`, 'x.000001', '.')
  const own = fc
    .constantFrom('0'.repeat(16), '9'.repeat(16), '1', '9'.repeat(17))
    .map((digits) => `${ledger.deps.reader.logId}-${digits}.000000`)
  const odd = fc
    .oneof(position, own, oddText)
    .map((text) => encodeURIComponent(text.toWellFormed()))
  const url = fc.oneof(
    fc
      .tuple(fc.constantFrom('after', 'limit', 'x'), odd)
      .map(([name, each]) => `/v1/changes?${name}=${each}`),
    odd.map((each) => `/v1/groups/${each}`),
    odd.map((each) => `/v1/groups?cursor=${each}`),
    odd.map((each) => `/v1/subjects/${each}/history`),
    odd.map((each) => `/v1/subjects/01900000-0000-7000-8000-000000000000/history?cursor=${each}`),
    fc
      .tuple(fc.constantFrom('status/get?subscription_group_id=offers', 'user/status?x=y'), odd)
      .chain(([path, each]) =>
        fc
          .constantFrom('external_id', 'email[]', 'phone[0]', 'limit', 'offset', each)
          .map((name) => `/subscription/${path}&external_id=c1&${name}=${each}`),
      ),
    odd.map((each) => `/docs/${each}`),
    odd.map((each) => `/docs/static/${each}`),
    odd.map((each) => `/${each}`),
  )
  const asked = fc.asyncProperty(url, async (each) => {
    await expectNoFault('GET', each)
  })
  await fc.assert(asked, { numRuns })
})
