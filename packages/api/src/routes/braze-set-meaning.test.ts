import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Outage } from '@ledger/ledger'
import type { BrazeDoors } from '../testing/braze.ts'
import { brazeDoors, groups, putBrazeGroups, setBody } from '../testing/braze.ts'
import { ask, cloudEvent, phone } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
let doors: BrazeDoors
const { texts, chats } = groups
beforeAll(async () => {
  ledger = await openTestLedger()
  await putBrazeGroups(ledger)
  doors = brazeDoors(ledger)
})
afterAll(() => ledger.close())

const v1 = '/subscription/status/set'
const v2 = '/v2/subscription/status/set'
const inMany = (...groupsOfBody: readonly object[]) => ({ subscription_groups: groupsOfBody })
const success = { message: 'success' }

test('one bad part leaves its neighbours as they are, and is named', async () => {
  const body = inMany(
    setBody('unsubscribed', { phones: ['+12025550161', '2025550162'] }),
    setBody('subscribed', { phones: '+12025550161' }, 'none'),
    setBody('subscribed', {}, chats),
  )
  const { status, json } = await doors.post(v2, body)
  expect(status).toBe(201)
  expect(json['message']).toBe('success')
  expect(json['errors']).toEqual([
    'subscription_groups[2]: One of external_ids, emails or phones must be provided',
    'subscription_groups[0].phones[1]: expected a phone number in E.164, with its +',
    'subscription_groups[1].phones[0]: there is no subscription group of this id',
  ])
  expect(await doors.status(texts, 'phone=%2B12025550161')).toEqual({
    '+12025550161': 'Unsubscribed',
  })
})

describe('an opt-out that was answered with an error is on record', () => {
  test('of a group that is created later', async () => {
    const answer = await doors.post(v1, setBody('unsubscribed', { phone: '+12025550171' }, 'later'))
    expect(answer.status).toBe(400)
    const body = { name: 'Later', channel: 'sms', brand: 'acme', purpose: 'marketing' }
    await ask(ledger.app, 'PUT', '/v1/groups/later', { body })
    expect(await doors.status('later', 'phone=%2B12025550171')).toEqual({
      '+12025550171': 'Unsubscribed',
    })
  })

  test('of a phone without its plus, which is read with it', async () => {
    await doors.post(v1, setBody('subscribed', { phone: '+12025550172' }))
    const answer = await doors.post(v1, setBody('unsubscribed', { phone: '12025550172' }))
    expect(answer.status).toBe(400)
    expect(await doors.status(texts, 'phone=%2B12025550172')).toEqual({
      '+12025550172': 'Unsubscribed',
    })
  })

  test('of an address on which the group is not sent', async () => {
    const answer = await doors.post(v1, setBody('unsubscribed', { email: 'x@example.org' }))
    expect(answer.status).toBe(400)
    expect(await doors.status(texts, 'email=x@example.org')).toEqual({
      'x@example.org': 'Unsubscribed',
    })
  })
})

describe('whose word it is', () => {
  const stop = (value: string) =>
    ask(ledger.app, 'POST', '/v1/signals', {
      body: cloudEvent('opt-out', {
        address: phone(value),
        scope: { brand: 'acme', family: 'sms' },
        actor: 'person',
        method: 'sms-keyword',
      }),
    })
  const read = async (value: string) => {
    const status = await doors.status(texts, `phone=${encodeURIComponent(value)}`)
    return (status as Readonly<Record<string, string>>)[value]
  }

  test('a backend does not lift the STOP of a person', async () => {
    await stop('+12025550181')
    const answer = await doors.post(v1, setBody('subscribed', { phone: '+12025550181' }))
    expect(answer.json).toEqual(success)
    expect(await read('+12025550181')).toBe('Unsubscribed')
  })

  test('the act of the person does, when the body brings it', async () => {
    await stop('+12025550182')
    const act = { actor: 'person', method: 'sms-keyword', evidence: { messageId: 'SM1' } }
    await doors.post(v1, setBody('subscribed', { phone: '+12025550182', ...act }))
    expect(await read('+12025550182')).toBe('Subscribed')
    await stop('+12025550183')
    await doors.post(v2, { ...inMany(setBody('subscribed', { phones: '+12025550183' })), ...act })
    expect(await read('+12025550183')).toBe('Subscribed')
  })

  test('double opt-in waits for its confirmation, for texts only', async () => {
    const doubly = { phone: '+12025550184', use_double_opt_in_logic: true }
    await doors.post(v1, setBody('subscribed', doubly))
    await doors.post(v1, setBody('subscribed', doubly, chats))
    expect(await read('+12025550184')).toBe('Unsubscribed')
    expect(await doors.status(chats, 'phone=%2B12025550184')).toEqual({
      '+12025550184': 'Subscribed',
    })
  })
})

describe('Idempotency-Key', () => {
  const headOf = () => ledger.deps.reader.head()
  test('the same key again records nothing; no key records again', async () => {
    const body = setBody('subscribed', { external_id: ['k-1', 'k-2'] })
    const asked = { headers: { 'idempotency-key': '"retry-1"' } }
    const first = await doors.post(v1, body, asked)
    const head = await headOf()
    const again = await doors.post(v1, body, asked)
    expect([again.status, again.json]).toEqual([201, success])
    expect(again.headers['x-ledger-position']).toBe(first.headers['x-ledger-position'])
    expect(await headOf()).toBe(head)
    await doors.post(v1, body)
    expect(await headOf()).not.toBe(head)
  })

  test('a key of any length is good', async () => {
    const headers = { 'idempotency-key': 'k'.repeat(8_000) }
    const answer = await doors.post(v1, setBody('unsubscribed', { external_id: 'k-3' }), {
      headers,
    })
    expect(answer.status).toBe(201)
  })

  test('another body under the key is refused, but for an opt-out', async () => {
    const headers = { 'idempotency-key': 'retry-2' }
    await doors.post(v1, setBody('subscribed', { external_id: 'k-4' }), { headers })
    const other = await doors.post(v1, setBody('subscribed', { external_id: 'k-5' }), { headers })
    expect(other.status).toBe(400)
    const out = await doors.post(v1, setBody('unsubscribed', { external_id: 'k-4' }), { headers })
    expect(out.status).toBe(201)
    expect(await doors.status(texts, 'external_id[]=k-4&external_id[]=k-5')).toEqual({
      'k-4': 'Unsubscribed',
      'k-5': 'Unknown',
    })
  })
})

test('an outage is 503, in the form of Braze, and never a success', async () => {
  const stuck = await openTestLedger(({ ledger: own }) => ({
    ledger: { ...own, record: () => Promise.reject(new Outage('write-stopped')) },
  }))
  await putBrazeGroups(stuck)
  const bodies = [
    [v1, setBody('unsubscribed', { external_id: ['a', 'b'] })],
    ['/email/status', { email: 'a@example.org', subscription_state: 'unsubscribed' }],
    ['/users/track', { attributes: [{ external_id: 'a', phone: '+12025550191' }] }],
  ] as const
  for (const [url, body] of bodies) {
    const { status, headers, json } = await brazeDoors(stuck).post(url, body)
    expect([status, json['code'], headers['retry-after']]).toEqual([503, 'write-stopped', '30'])
    expect(Object.keys(json)).toEqual(['message', 'errors', 'code'])
  }
  await stuck.close()
})
