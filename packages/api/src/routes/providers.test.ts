import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { subjectStream } from '@ledger/domain'
import { keepRequest } from '../kept-bodies.ts'
import { ask, textOf } from '../testing/client.ts'
import type { ProviderLedger } from '../testing/provider-ledger.ts'
import {
  form,
  newPerson,
  openProviderLedger,
  sampleSources,
  vonageIds,
} from '../testing/provider-ledger.ts'
import { publicUrl, secret } from '../testing/provider-samples.ts'

let ledger: ProviderLedger
beforeAll(async () => {
  ledger = await openProviderLedger()
})
afterAll(() => ledger.close())
beforeEach(() => ledger.setDown(false))

const send = (provider: string, body: string) => ledger.send(provider, body)
const stateOf = (digits: string) => ledger.stateOf(digits)
const reviews = async (kind: string) => {
  const { json } = await ask(ledger.app, 'GET', '/v1/reviews?limit=1000')
  const items = json['items'] as unknown as readonly { id: string; kind: string }[]
  return items.filter((item) => item.kind === kind)
}

const partOf = (msisdn: string, number: number, text: string) =>
  form({
    ...{ ...vonageIds, msisdn, text, messageId: `${msisdn}-${number}` },
    ...{ concat: 'true', 'concat-ref': '9', 'concat-total': '3', 'concat-part': `${number}` },
  })

describe('a message in parts', () => {
  test('is an act when its last part has come, in whatever order they come', async () => {
    const person = newPerson()
    for (const [number, text] of [
      [3, 'p'],
      [1, 'S'],
      [1, 'S'],
    ] as const) {
      expect((await send('vonage', partOf(person, number, text))).status).toBe(200)
      expect(await stateOf(person)).toBe('never')
    }
    expect((await send('vonage', partOf(person, 2, 'to'))).status).toBe(200)
    expect(await stateOf(person)).toBe('unsubscribed')
  })

  test('is still whole when the store was out of reach for its last part', async () => {
    const person = newPerson()
    await send('vonage', partOf(person, 1, 'S'))
    await send('vonage', partOf(person, 2, 'to'))
    ledger.setDown(true)
    expect((await send('vonage', partOf(person, 3, 'p'))).status).toBe(503)
    ledger.setDown(false)
    expect((await send('vonage', partOf(person, 3, 'p'))).status).toBe(200)
    expect(await stateOf(person)).toBe('unsubscribed')
  })
})

describe('what cannot be taken as it is', () => {
  test('is 503 while the store is out of reach, so that the provider comes again', async () => {
    ledger.setDown(true)
    const body = form({ ...vonageIds, msisdn: newPerson(), messageId: 'down', text: 'STOP' })
    const answer = await send('vonage', body)
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
  })

  test('is kept sealed when it is verified and cannot be read, once, and listed for review', async () => {
    const person = newPerson()
    const body = JSON.stringify({ type: 'mo_text', note: `STOP from ${person}` })
    const before = await reviews('unreadable-body')
    for (let turn = 0; turn < 2; turn += 1) expect((await send('sinch', body)).status).toBe(200)
    const after = await reviews('unreadable-body')
    expect(after).toHaveLength(before.length + 1)
    const id = textOf(after.at(-1)?.id)
    const kept = await ledger.deps.desk.keptBody(id)
    expect(kept).toMatchObject({ id, source: 'sinch/of-sinch' })
    const sealed = Buffer.from(kept?.sealed ?? [])
    expect(sealed.includes(person)).toBe(false)
    const opened = ledger.deps.ledger.keyring.openBody(id, sealed)?.toString('utf8') ?? '{}'
    const { body: base64 } = JSON.parse(opened) as { body: string }
    expect(Buffer.from(base64, 'base64').toString('utf8')).toBe(body)
    const replayed = await ask(ledger.app, 'POST', `/v1/reviews/${id}/replay`)
    expect(replayed.json).toEqual({ readable: false, results: [] })
    expect(await reviews('unreadable-body')).toHaveLength(after.length)
  })

  test('can be read again, and then is recorded', async () => {
    const person = newPerson()
    const source = sampleSources().find(({ provider }) => provider === 'sinch')
    if (source === undefined) throw new Error('no source')
    const sent = { type: 'mo_text', id: person, from: person, body: 'STOP' }
    const raw = {
      method: 'POST',
      url: publicUrl,
      headers: {},
      body: Buffer.from(JSON.stringify(sent)),
    }
    // As an older version would have kept it, which could not read it yet.
    await keepRequest(ledger.deps, source, { ...raw, method: 'POST' }, false)
    const id = (await reviews('unreadable-body')).at(-1)?.id
    const { json } = await ask(ledger.app, 'POST', `/v1/reviews/${id}/replay`)
    expect(json['readable']).toBe(true)
    expect(await stateOf(person)).toBe('unsubscribed')
    const gone = await ask(ledger.app, 'POST', `/v1/reviews/${crypto.randomUUID()}/replay`)
    expect([gone.status, gone.json['code']]).toEqual([404, 'unknown-body'])
  })

  test('P25: a forged webhook is refused, counted, and never an event', async () => {
    const person = newPerson()
    const forged = { 'x-sinch-webhook-signature': 'AAAA', 'x-sinch-webhook-signature-nonce': 'n' }
    const headers = { ...forged, 'x-sinch-webhook-signature-timestamp': '1' }
    const body = JSON.stringify({ type: 'mo_text', id: 'f', from: person, body: 'STOP' })
    for (let turn = 0; turn < 30; turn += 1) {
      const path = '/sources/sinch/of-sinch'
      expect((await ask(ledger.app, 'POST', path, { key: null, body, headers })).status).toBe(403)
    }
    expect(await stateOf(person)).toBe('never')
    const lines = ledger.logged.filter((line) => line.includes('"why":"forged"'))
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThanOrEqual(20)
    expect(ledger.logged.join('')).not.toContain(person)
    const { text } = await ask(ledger.app, 'GET', '/metrics')
    expect(text).toMatch(/ledger_source_requests_total{provider="sinch",outcome="forged"} 30/)
  })
})

describe('a signature of long ago', () => {
  const sinchRequest = (person: string, id: string, text: string, atSeconds: number) => {
    const sent = { type: 'mo_text', id, from: person, to: '15555550100', body: text }
    const body = JSON.stringify(sent)
    const signed = createHmac('sha256', secret).update(`${body}.n.${atSeconds}`).digest('base64')
    const headers = {
      'x-sinch-webhook-signature': signed,
      'x-sinch-webhook-signature-nonce': 'n',
      'x-sinch-webhook-signature-timestamp': String(atSeconds),
    }
    return ask(ledger.app, 'POST', '/sources/sinch/of-sinch', { key: null, body, headers })
  }

  test('opts out and does not opt in', async () => {
    const [now] = [Math.floor(ledger.deps.queries.now() / 1_000_000)]
    const person = newPerson()
    const longAgo = now - 72 * 3_600
    expect((await sinchRequest(person, `${person}-1`, 'START', longAgo)).status).toBe(200)
    expect(await stateOf(person)).toBe('never')
    const address = { kind: 'phone', value: `+${person}` }
    const [subject = null] = await ledger.deps.ledger.book.find([address])
    if (subject === null) throw new Error('nothing was recorded')
    const events = await ledger.deps.reader.readStream(subjectStream(subject))
    expect(events.every(({ type }) => type === 'OptInQuarantined')).toBe(true)
    expect(events[0]?.data).toMatchObject({ reason: 'stale-signature', ruleId: 'P25' })
    expect((await sinchRequest(person, `${person}-2`, 'START', now)).status).toBe(200)
    expect(await stateOf(person)).toBe('subscribed')
    expect((await sinchRequest(person, `${person}-3`, 'STOP', longAgo)).status).toBe(200)
    expect(await stateOf(person)).toBe('unsubscribed')
  })
})

test('P0: a message id with other content is a conflict, and an opt-out by it counts', async () => {
  const person = newPerson()
  const ids = { ...vonageIds, msisdn: person, messageId: `same-${person}` }
  const optOutOf = (text: string) => send('vonage', form({ ...ids, text }))
  expect((await optOutOf('STOP')).status).toBe(200)
  expect((await send('vonage', form({ ...ids, messageId: 'other', text: 'START' }))).status).toBe(
    200,
  )
  expect(await stateOf(person)).toBe('subscribed')
  expect((await optOutOf('STOP')).status).toBe(200)
  expect(await stateOf(person)).toBe('subscribed')
  expect((await optOutOf('QUIT')).status).toBe(200)
  expect(await stateOf(person)).toBe('unsubscribed')
})

describe('a door', () => {
  test('knows the method, the source and its provider', async () => {
    const answers = [
      await ask(ledger.app, 'GET', '/sources/sinch/of-sinch', { key: null }),
      await ask(ledger.app, 'POST', '/sources/sinch/of-twilio', { key: null, body: '{}' }),
      await ask(ledger.app, 'POST', '/sources/twilio/of-twilio', { key: null }),
    ]
    const codes = answers.map(({ status, json }) => [status, json['code']])
    expect(codes).toEqual([
      [405, 'wrong-method'],
      [404, 'unknown-source'],
      [401, 'unsigned-message'],
    ])
  })

  test('asks for basic authentication in its own words', async () => {
    const path = '/sources/infobip/of-infobip'
    const answer = await ask(ledger.app, 'POST', path, { key: null, body: '{}' })
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="sources"',
    ])
  })

  test('fetches a certificate once', async () => {
    const before = ledger.fetched.length
    for (const id of ['c1', 'c2', 'c3']) {
      const inner = {
        originationNumber: `+${newPerson()}`,
        messageBody: 'hi',
        inboundMessageId: id,
      }
      expect((await send('aws-sms', JSON.stringify(inner))).status).toBe(200)
    }
    expect(ledger.fetched.length - before).toBeLessThanOrEqual(1)
  })
})
