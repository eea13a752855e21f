import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LastLine, MemberLine, PersonExport } from '../schemas/exports.ts'
import { ask, cloudEvent, marketing, phone, textOf } from '../testing/client.ts'
import type { TestLedger } from '../testing/test-ledger.ts'
import { openTestLedger } from '../testing/test-ledger.ts'

let ledger: TestLedger
let last = ''
const people = ['+12025550161', '+12025550162', '+12025550163'].map(phone)
const household = phone('+12025550169')
const scope = { group: 'offers' }

beforeAll(async () => {
  ledger = await openTestLedger()
  await ask(ledger.app, 'PUT', '/v1/groups/offers', { body: marketing })
  const evidence = { disclosure: 'Yes, send me offers.', formUrl: 'https://acme.example/join' }
  const web = { scope, actor: 'person', method: 'web-form', evidence }
  const [first, second, third] = people
  await send(cloudEvent('opt-in', { address: first, externalId: 'customer-1', ...web }))
  await send(cloudEvent('opt-in', { address: second, scope }))
  await send(cloudEvent('opt-out', { address: third, scope }))
  const ada = { kind: 'email', value: 'ada@example.org' }
  await send(cloudEvent('opt-in', { address: ada, externalId: 'customer-1', scope }))
  await send(cloudEvent('link', { address: household, externalId: 'customer-1' }))
  last = await send(cloudEvent('link', { address: household, externalId: 'customer-2' }))
})
afterAll(() => ledger.close())

const send = async (body: object): Promise<string> =>
  textOf((await ask(ledger.app, 'POST', '/v1/signals', { body })).json['position'])

async function exportMembers(body: object, id = 'offers') {
  // The read model follows by some milliseconds.
  const asked = { group: 'offers', addresses: [people[0]], atLeast: last }
  expect((await ask(ledger.app, 'POST', '/v1/state', { body: asked })).status).toBe(200)
  const { status, text, headers } = await ask(ledger.app, 'POST', `/v1/groups/${id}/export`, {
    body,
  })
  const lines =
    status === 200
      ? text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown)
      : []
  return {
    status,
    type: headers['content-type'],
    members: lines.slice(0, -1) as MemberLine[],
    end: (lines.at(-1) as LastLine | undefined)?.end,
  }
}

describe('the members of a group', () => {
  test('are lines with their addresses, and a last line that says that it was all', async () => {
    const { type, members, end } = await exportMembers({ states: ['subscribed'] })
    expect(type).toBe('application/x-ndjson')
    const found = members.map(({ address }) => address.value)
    expect(found.sort()).toEqual([people[0]?.value, people[1]?.value, 'ada@example.org'])
    expect(end).toMatchObject({ rows: 3, withoutAddress: 0, freshness: { withinWindow: true } })
  })

  test('are of every state unless asked', async () => {
    const { members, end } = await exportMembers({})
    expect(end?.rows).toBe(members.length)
    expect(new Set(members.map(({ state }) => state))).toEqual(
      new Set(['subscribed', 'unsubscribed']),
    )
  })

  test.each([
    ['nowhere', {}, 404],
    ['offers', { states: ['happy'] }, 400],
    ['offers', { state: 'subscribed' }, 400],
    ['offers', { states: [] }, 400],
  ])('of %s, asked %j, are answered %i', async (id, body, status) => {
    expect((await exportMembers(body, id)).status).toBe(status)
  })
})

describe('what is known of a person', () => {
  const exportPerson = async (address: object, status = 200) => {
    const answer = await ask(ledger.app, 'POST', '/v1/subjects/export', { body: { address } })
    expect(answer.status).toBe(status)
    return answer.json as unknown as PersonExport
  }
  const addressesOf = ({ subjects }: PersonExport) =>
    subjects.map(({ address }) => address?.value).sort()

  test('is every address, state and event, opened, with the texts that were shown', async () => {
    const person = await exportPerson({ kind: 'external-id', value: 'customer-1' })
    const owned = [people[0]?.value, household.value, 'ada@example.org', 'customer-1']
    expect(addressesOf(person)).toEqual(owned.sort())
    const own = person.subjects.find(({ address }) => address?.value === people[0]?.value)
    expect(own?.groups).toMatchObject([{ group: 'offers', state: 'subscribed' }])
    const optIn = own?.events.find(({ type }) => type === 'OptedIn')
    expect(optIn).toMatchObject({
      counts: true,
      data: { scope: 'group:offers' },
      personal: { source: 'urn:test', address: people[0]?.value },
    })
    expect(Object.values(person.disclosures)).toEqual(['Yes, send me offers.'])
  })

  test('leads from one address to the others, but not through a household to its others', async () => {
    const ofAda = await exportPerson({ kind: 'email', value: 'ada@example.org' })
    expect(addressesOf(ofAda)).not.toContain('customer-2')
    expect(addressesOf(ofAda)).toContain(household.value)
    expect(ofAda.sharedWith).toBe(1)
    const ofHousehold = await exportPerson(household)
    expect(addressesOf(ofHousehold)).toEqual([household.value])
    expect(ofHousehold.sharedWith).toBe(2)
  })

  test('of somebody who is not known is 404', async () => {
    expect(await exportPerson(phone('+12025550199'), 404)).toMatchObject({
      code: 'unknown-subject',
    })
  })
})

test('whoever was handed people is in the log, and the people are not', async () => {
  const from = ledger.logged.length
  const key = await ledger.keyFor(['admin'])
  await ask(ledger.app, 'POST', '/v1/groups/offers/export', {
    key,
    body: { states: ['subscribed'] },
  })
  const body = { address: people[0] }
  await ask(ledger.app, 'POST', '/v1/subjects/export', { key, body })
  const lines = ledger.logged.slice(from).join('')
  const told = lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  const msg = 'personal data was handed out'
  expect(told).toMatchObject([
    { msg, door: 'POST /v1/groups/:id/export', group: 'offers', rows: 3, isWhole: true },
    { msg, door: 'POST /v1/subjects/export', rows: expect.any(Number) as number },
  ])
  for (const line of told) expect(line).toHaveProperty('keyId')
  expect(lines).not.toMatch(/2025550|ada@|customer-/)
})
