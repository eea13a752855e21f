import { createHash, createHmac } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  doorOf,
  linesOf,
  nowSeconds,
  person,
  readingOf,
  requestOf,
  sender,
  sourceOf,
  verdictOn,
  wordOf,
} from '../testing/given-source.ts'
import type { Which } from '../testing/signature-cases.ts'
import { signatureCases } from '../testing/signature-cases.ts'

const env = { NEW: 'new', OLD: 'old' }
const secrets = ['env:NEW', 'env:OLD']
const formType = 'application/x-www-form-urlencoded'
type Fields = Readonly<Record<string, string>>

const sms: Fields = {
  'api-key': 'abcd1234',
  msisdn: person.slice(1),
  to: sender.slice(1),
  messageId: '0A0000000123ABCD1',
  text: 'Stop',
  type: 'text',
  keyword: 'STOP',
  'message-timestamp': '2026-11-23 11:59:58',
  nonce: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
}

const methods = ['md5hash', 'md5hmac', 'sha1hmac', 'sha256hmac', 'sha512hmac'] as const

/** As Vonage's guide describes it, written apart from the code under test. */
function signed(fields: Fields, method: string, secret: string): Fields {
  const names = Object.keys(fields).sort()
  const text = names.map((name) => `&${name}=${fields[name]?.replace(/[&=]/g, '_')}`).join('')
  const sig =
    method === 'md5hash'
      ? createHash('md5').update(`${text}${secret}`).digest('hex')
      : createHmac(method.replace('hmac', ''), secret).update(text).digest('hex')
  return { ...fields, sig }
}

const formOf = (fields: Fields) =>
  requestOf('vonage', {
    headers: { 'content-type': formType },
    body: new URLSearchParams(fields).toString(),
  })

describe.each(methods)('the SMS API with %s', (signatureMethod) => {
  const source = sourceOf('vonage', { secrets, signatureMethod }, env)
  signatureCases({
    source,
    coversUrl: false,
    ageSecondsMax: 25 * 3_600,
    carriers: ['sig'],
    sign: ({ secret, atSeconds }) =>
      formOf(signed({ ...sms, timestamp: String(atSeconds) }, signatureMethod, secret)),
  })

  test('signs values as they are but for & and =, in forms, queries and JSON alike', () => {
    const odd = { ...sms, text: 'a&b=c & d=e 🙏', timestamp: String(nowSeconds) }
    const fields = signed(odd, signatureMethod, 'new')
    const query = `${doorOf('vonage')}?${new URLSearchParams(fields).toString()}`
    const json = { 'content-type': 'application/json' }
    const upper = { ...fields, sig: fields['sig']?.toUpperCase() ?? '' }
    for (const raw of [
      formOf(fields),
      formOf(upper),
      requestOf('vonage', { method: 'GET', url: query }),
      requestOf('vonage', { headers: json, body: JSON.stringify(fields) }),
    ]) {
      expect(wordOf(verdictOn(source, raw))).toBe('believed')
    }
  })

  test('does not believe another method', () => {
    const other = signatureMethod === 'md5hash' ? 'sha256hmac' : 'md5hash'
    const fields = signed({ ...sms, timestamp: String(nowSeconds) }, other, 'new')
    expect(wordOf(verdictOn(source, formOf(fields)))).toBe('forged')
  })
})

const source = sourceOf('vonage', { secrets }, env)
const at = 'at 2026-11-23T11:59:58.000000Z'
const optOuts = ['brand:acme/carrier-messaging', 'group:offers', 'group:receipts'].map(
  (scope) => `opt-out ${scope} ${person} ${at}`,
)
const lines = (change: Fields) => linesOf(readingOf(source, formOf({ ...sms, ...change })))

describe('a message of the SMS API', () => {
  test('is what its text says, at the time that Vonage pushed it', () => {
    expect(lines({})).toEqual(optOuts)
    const [first] = readingOf(source, formOf(sms))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: 'urn:vonage:abcd1234',
      id: `${sms['messageId']}:opt-out`,
    })
  })

  test('is read by its text and not by its first word', () => {
    expect(lines({ text: 'stop by my house at 5', keyword: 'STOP' })).toEqual([])
  })

  test('in parts is an act only as a whole, and each part may be suspected by itself', () => {
    const part = { concat: 'true', 'concat-ref': '7', 'concat-total': '2', 'concat-part': '1' }
    const first = readingOf(source, formOf({ ...sms, ...part, text: 'STOP' }))
    expect(first).toMatchObject({ signals: [], part: { number: 1, total: 2, text: 'STOP' } })
    const suspect = readingOf(source, formOf({ ...sms, ...part, text: 'please stop texting me' }))
    expect(linesOf(suspect)).toEqual([
      `intent-suspected brand:acme/carrier-messaging ${person} ${at}`,
    ])
    const last = formOf({ ...sms, ...part, 'concat-part': '2', text: 'ALL' })
    expect(linesOf(readingOf(source, last, { wholeText: 'STOP ALL' }))).toEqual(optOuts)
  })

  test('that failed with err-code 9 is an inferred opt-out, with others it is not', () => {
    const receipt = {
      msisdn: person.slice(1),
      to: 'ACME',
      messageId: 'out-1',
      scts: '2611231158',
    }
    const read = (change: Fields) => linesOf(readingOf(source, formOf({ ...receipt, ...change })))
    const failed = [`opt-out brand:acme/carrier-messaging ${person}`]
    expect(read({ status: 'failed', 'err-code': '9' })).toEqual(failed)
    expect(read({ status: 'rejected', 'err-code': '9' })).toEqual(failed)
    expect(read({ status: 'failed', 'err-code': '1' })).toEqual([])
    expect(read({ status: 'delivered', 'err-code': '0' })).toEqual([])
  })

  test('without id, sender or text is unreadable; a binary one says nothing', () => {
    for (const missing of ['messageId', 'msisdn', 'text']) {
      const { [missing]: _left, ...rest } = sms
      expect(readingOf(source, formOf(rest as Fields))).toBeNull()
    }
    expect(lines({ type: 'binary' })).toEqual([])
  })
})

const message = {
  channel: 'sms',
  message_uuid: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
  to: sender.slice(1),
  from: person.slice(1),
  timestamp: '2026-11-23T11:59:58Z',
  message_type: 'text',
  text: 'Stop',
}
const body = JSON.stringify(message)
const payloadHash = createHash('sha256').update(body).digest('hex')
const tokenOf = (secret: string, iat: number, parts: object = {}) =>
  new SignJWT({
    iat,
    jti: 'j',
    iss: 'Vonage',
    payload_hash: payloadHash,
    api_key: 'abcd',
    ...parts,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(Buffer.from(secret))
const requestWith = (token: string) =>
  requestOf('vonage', {
    body,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  })
const ages = [0, 25 * 3_600, 25 * 3_600 + 1]
const tokens = new Map<string, string>()
for (const secret of ['new', 'old', 'foreign'] satisfies Which[]) {
  for (const age of ages) {
    tokens.set(`${secret} ${nowSeconds - age}`, await tokenOf(secret, nowSeconds - age))
  }
}

describe('the Messages API', () => {
  signatureCases({
    source,
    coversUrl: false,
    ageSecondsMax: 25 * 3_600,
    carriers: ['authorization'],
    // Vonage signs what it is asked to send again.
    withoutSignature: 'come-again',
    sign: ({ secret, atSeconds }) => requestWith(tokens.get(`${secret} ${atSeconds}`) ?? ''),
  })

  test.each([{ iss: 'Somebody' }, { payload_hash: undefined }, { payload_hash: 'abc' }])(
    'does not believe a token with %j',
    async (parts) => {
      const token = await tokenOf('new', nowSeconds, parts)
      expect(wordOf(verdictOn(source, requestWith(token)))).toBe('forged')
    },
  )

  const read = (change: object) =>
    readingOf(source, requestOf('vonage', { body: JSON.stringify({ ...message, ...change }) }))
  test('is what its text says, of whichever channel', () => {
    const signedRequest = requestWith(tokens.get(`new ${nowSeconds}`) ?? '')
    const reading = readingOf(source, signedRequest)
    expect(linesOf(reading)).toEqual(optOuts)
    const [first] = reading?.signals ?? []
    expect(first?.ok === true && first.signal.source).toBe('urn:vonage:abcd')
    expect(linesOf(read({ channel: 'whatsapp' }))).toEqual([
      `opt-out brand:acme/whatsapp ${person.slice(1)} ${at}`,
      `opt-out group:offers-wa ${person.slice(1)} ${at}`,
    ])
    expect(read({ text: undefined, message_type: 'image' })?.signals).toEqual([])
    expect(read({ text: undefined, status: 'delivered' })?.signals).toEqual([])
    expect(read({ from: undefined })).toBeNull()
  })
})
