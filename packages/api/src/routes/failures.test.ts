import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatInstant, microsPerHour } from '@ledger/domain'
import { ask, marketing } from '../testing/client.ts'
import type { ProviderLedger } from '../testing/provider-ledger.ts'
import { form, newPerson, openProviderLedger, vonageIds } from '../testing/provider-ledger.ts'

let ledger: ProviderLedger
beforeAll(async () => {
  ledger = await openProviderLedger()
})
afterAll(() => ledger.close())

const stateOf = (digits: string) => ledger.stateOf(digits)

describe('a failed send', () => {
  const post = (body: object, key?: string) =>
    ask(ledger.app, 'POST', '/sources/failures/of-twilio', { body, ...(key ? { key } : {}) })
  const failure = (digits: string, code: string | number, provider = 'twilio') => ({
    ...{ provider, code, messageId: `out-${digits}`, account: 'AC01' },
    address: { kind: 'phone', value: `+${digits}` },
  })

  test.each([
    ['twilio', 21610],
    ['vonage', '9'],
    ['telnyx', '40300'],
  ])('P19: of %s with %s is an opt-out', async (provider, code) => {
    const person = newPerson()
    expect((await post(failure(person, code, provider))).json['outcome']).toBe('recorded')
    expect((await post(failure(person, code, provider))).json['outcome']).toBe('duplicate')
    expect(await stateOf(person)).toBe('unsubscribed')
  })

  test('of a bounce says nothing, and a provider that nobody knows is refused', async () => {
    const person = newPerson()
    expect((await post(failure(person, '30003'))).json).toEqual({ outcome: 'ignored' })
    expect(await stateOf(person)).toBe('never')
    const unknown = await post(failure(person, '9', 'pigeon'))
    expect([unknown.status, unknown.json['field']]).toEqual([400, 'provider'])
  })

  test('P15: of WhatsApp with 131050 is one of that business on WhatsApp', async () => {
    const group = { ...marketing, channel: 'whatsapp' }
    await ask(ledger.app, 'PUT', '/v1/groups/offers-wa', { body: group })
    const address = { kind: 'whatsapp-user', value: newPerson() }
    const body = { ...failure('', '131050', 'whatsapp'), address }
    expect((await post(body)).json['outcome']).toBe('recorded')
    const asked = { group: 'offers-wa', addresses: [address], consistency: 'strong' }
    const { json } = await ask(ledger.app, 'POST', '/v1/state', { body: asked })
    expect(json['results']?.['0']?.['state']).toBe('unsubscribed')
  })

  test('P19: counts from its submission, so that a START after that stands', async () => {
    const person = newPerson()
    await ledger.send(
      'vonage',
      form({ ...vonageIds, msisdn: person, messageId: person, text: 'START' }),
    )
    expect(await stateOf(person)).toBe('subscribed')
    const submittedAt = formatInstant(ledger.deps.queries.now() - microsPerHour)
    const { json } = await post({ ...failure(person, 21610), submittedAt })
    expect(json['outcome']).toBe('recorded')
    expect(await stateOf(person)).toBe('subscribed')
    await post({ ...failure(person, 21610), messageId: `later-${person}` })
    expect(await stateOf(person)).toBe('unsubscribed')
  })

  test('may be told by keys of its account only', async () => {
    const key = await ledger.keyFor(['intake'], ['urn:twilio:AC02'])
    const { json } = await post(failure(newPerson(), 21610), key)
    expect(json['problem']).toMatchObject({ code: 'source-not-allowed' })
  })
})
