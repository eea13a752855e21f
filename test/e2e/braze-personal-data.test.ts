import { expect, test } from 'vitest'
import { findInFiles } from '../support/find-in-files.ts'
import { httpClient, putGroups } from '../support/http-client.ts'
import { startStandalone } from '../support/start-standalone.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** What names a person, and nothing else holds by chance. */
const canaries = {
  phone: '+12025559371',
  digits: '12025559371',
  email: 'braze.canary@example.org',
  externalId: 'braze-canary-4721',
  alias: 'braze-alias-canary-4722',
  requestKey: 'request-of-canary-4723',
  said: 'please stop, canary 4724',
  name: 'Canary Bird 4725',
} as const
const { phone, digits, email, externalId, alias, requestKey, said, name } = canaries

const group = 'offers'
const inGroup = { subscription_group_id: group, subscription_state: 'unsubscribed' }
const evidence = { text: said }

/** Writes that are taken, and writes that are refused. */
const writes: readonly (readonly [path: string, body: unknown])[] = [
  ['/subscription/status/set', { ...inGroup, external_id: [externalId], phone, evidence }],
  ['/subscription/status/set', { ...inGroup, phone: digits }],
  ['/subscription/status/set', { ...inGroup, email, phone }],
  ['/subscription/status/set', { ...inGroup, subscription_state: phone, phone }],
  ['/subscription/status/set', { ...inGroup, subscription_group_id: phone, phone }],
  [
    '/subscription/status/set',
    { ...inGroup, subscription_state: 'subscribed', phone, actor: email },
  ],
  ['/subscription/status/set', { ...inGroup, [email]: email }],
  ['/v2/subscription/status/set', { subscription_groups: [{ ...inGroup, emails: [email] }] }],
  ['/email/status', { email: [email, phone], subscription_state: 'unsubscribed' }],
  ['/email/status', `{"email":"${email}`],
  [
    '/users/track',
    {
      attributes: [
        {
          external_id: externalId,
          user_alias: { alias_label: 'crm', alias_name: alias },
          email,
          phone,
          first_name: name,
          subscription_groups: [inGroup],
        },
        { email: name, phone: digits, subscription_groups: [{ ...inGroup, evidence }] },
      ],
      events: [{ external_id: externalId, name }],
    },
  ],
  ['/users/track/sync', { attributes: [{ braze_id: externalId, email_subscribe: email }] }],
  [`/users/${email}`, {}],
  [`/subscription/status/set?phone=${digits}`, { ...inGroup, phone }],
]

const reads: readonly string[] = [
  `/subscription/status/get?subscription_group_id=${group}&email=${digits}`,
  `/subscription/status/get?subscription_group_id=${digits}&email=${email}`,
  `/subscription/status/get?email=${email}&phone=${phone}`,
  `/subscription/status/get?phone=%zz${digits}`,
  `/subscription/user/status?email=${email}&limit=${digits}`,
  `/subscription/${email}`,
  `/subscription/user/%zz${email}`,
]

test('nobody who is named at the doors for Braze is named anywhere else', async () => {
  const folder = tempFolder()
  const ledger = await startStandalone(folder, { LOG_LEVEL: 'trace' })
  const client = httpClient(ledger.address)
  const definition = { name: 'Offers', channel: 'sms', brand: 'acme', purpose: 'marketing' }
  await putGroups(client, { [group]: definition })
  const texts = Object.values(canaries)
  const answers: string[] = []
  const send = async (path: string, init: RequestInit, key = 'test-admin-key') => {
    const headers = { authorization: `Bearer ${key}`, 'idempotency-key': requestKey }
    const type = { 'content-type': 'application/json' }
    const answer = await fetch(`${ledger.address}${path}`, {
      ...init,
      headers: { ...headers, ...type },
      signal: AbortSignal.timeout(10_000),
    })
    return { status: answer.status, text: await answer.text() }
  }
  for (const [path, body] of writes) {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    for (const key of ['test-admin-key', externalId]) {
      answers.push((await send(path, { method: 'POST', body: text }, key)).text)
    }
  }
  for (const path of reads) {
    const { status, text } = await send(path, {})
    expect([400, 404]).toContain(status)
    answers.push(text)
  }
  // A good read names whom it was asked about, and is the only one to.
  const found = await send(`/subscription/user/status?external_id=${externalId}`, {})
  expect(found.text).toContain(email)
  const metrics = await client.ask('GET', '/metrics')
  expect(metrics.text).toContain('route="/subscription/user/status"')
  ledger.send('SIGTERM')
  await ledger.ended
  const { stdout, stderr } = ledger.said()
  expect(answers.length).toBe(writes.length * 2 + reads.length)
  for (const text of texts) {
    expect(answers.join('\n')).not.toContain(text)
    expect(metrics.text).not.toContain(text)
    expect(`${stdout}${stderr}`).not.toContain(text)
  }
  expect(findInFiles(folder, texts)).toEqual([])
})
