import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { RawRequest } from './raw-request.ts'
import { nowSeconds, requestOf, sourceOf, verdictOn, wordOf } from './testing/given-source.ts'

// https://github.com/standard-webhooks/standard-webhooks: the vector of the specification.
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const published = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}
const env = {
  SECRET: secret,
  OLD: 'whsec_b2xkIHNlY3JldCBvZiB0aGUgcHJvZHVjZXI=',
  PLAIN: 'plain words',
}
const source = sourceOf(
  'standard-webhooks',
  { secrets: ['env:SECRET', 'env:OLD', 'env:PLAIN'] },
  env,
)

type Part = Partial<typeof published>
function given(part: Part = {}): RawRequest {
  const { id, timestamp, body, signature } = { ...published, ...part }
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  }
  return requestOf('standard-webhooks', { headers, body })
}
const at = (raw: RawRequest, seconds = Number(published.timestamp)) =>
  wordOf(verdictOn(source, raw, { nowSeconds: seconds }))

/** As the specification describes it, written apart from the code under test. */
function signed(key: Buffer, { id, timestamp, body }: Part = {}): string {
  const text = [id ?? published.id, timestamp ?? published.timestamp, body ?? published.body].join(
    '.',
  )
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`
}
const keyOf = (text: string) => Buffer.from(text.replace('whsec_', ''), 'base64')

describe('a signature of Standard Webhooks', () => {
  test('as published is good', () => {
    expect(at(given())).toBe('believed')
  })

  test.each([
    ['id', { id: 'msg_other' }],
    ['timestamp', { timestamp: '1614265331' }],
    ['body', { body: '{"test": 2432232315}' }],
    ['signature', { signature: published.signature.replace('g0h', 'g1h') }],
    ['version', { signature: published.signature.replace('v1,', 'v2,') }],
    ['secret', { signature: signed(Buffer.from('guessed')) }],
  ])('of another %s is forged', (_what, part) => {
    expect(at(given(part))).toBe('forged')
  })

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'without %s is none',
    (name) => {
      const raw = given()
      const headers = Object.fromEntries(
        Object.entries(raw.headers).filter(([each]) => each !== name),
      )
      expect(at({ ...raw, headers })).toBe('unsigned')
    },
  )

  test('is good under any secret, beside any other signature, while one is replaced', () => {
    const old = signed(keyOf(env.OLD))
    expect(at(given({ signature: old }))).toBe('believed')
    expect(at(given({ signature: `v1a,AAAA v1,AAAA ${old}` }))).toBe('believed')
    expect(at(given({ signature: signed(Buffer.from(env.PLAIN)) }))).toBe('believed')
    expect(at(given({ signature: 'v1a,AAAA v1,AAAA' }))).toBe('forged')
  })

  test('is stale more than five minutes before or after its time', () => {
    const time = Number(published.timestamp)
    expect([-301, -300, 300, 301].map((off) => at(given(), time + off))).toEqual([
      'stale',
      'believed',
      'believed',
      'stale',
    ])
  })

  test.each([{ id: 'msg.1' }, { timestamp: 'now' }, { timestamp: '-5' }])(
    'over what the specification forbids is forged: %j',
    (part) => {
      expect(at(given({ ...part, signature: signed(keyOf(secret), part) }))).toBe('forged')
    },
  )

  test('holds for the bytes as they came', () => {
    const body = '{"test": "\ud800"}'
    const bytes = Buffer.from(body)
    const timestamp = String(nowSeconds)
    const raw = given({ body, timestamp, signature: signed(keyOf(secret), { body, timestamp }) })
    expect(at({ ...raw, body: bytes }, nowSeconds)).toBe('believed')
  })
})
