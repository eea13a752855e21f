import { createHash } from 'node:crypto'
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
const source = sourceOf('messagebird', { secrets: ['env:NEW', 'env:OLD'] }, env)
const url = doorOf('messagebird')
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const inbound = {
  id: 'mb-1',
  recipient: sender.slice(1),
  originator: person.slice(1),
  body: 'Stop',
  createdDatetime: '2026-11-23T11:59:58+00:00',
}
const body = new URLSearchParams(inbound).toString()
const formType = 'application/x-www-form-urlencoded'
const claims = { iss: 'MessageBird', jti: 'j-1', url_hash: sha256(url), payload_hash: sha256(body) }

/** Signed by a library that others wrote. */
function tokenOf(secret: string, parts: object = {}, algorithm = 'HS256', at = nowSeconds) {
  return new SignJWT({ ...claims, nbf: at, exp: at + 60, ...parts })
    .setProtectedHeader({ alg: algorithm })
    .sign(Buffer.from(secret))
}
const requestWith = (token: string, text = body) =>
  requestOf('messagebird', {
    body: text,
    headers: { 'content-type': formType, 'messagebird-signature-jwt': token },
  })

const [oldest, older] = [nowSeconds - 65, nowSeconds - 66]
const tokens = new Map<string, string>()
for (const secret of ['new', 'old', 'foreign'] satisfies Which[]) {
  for (const at of [nowSeconds, oldest, older]) {
    tokens.set(`${secret} ${at}`, await tokenOf(secret, {}, 'HS256', at))
  }
}

signatureCases({
  source,
  coversUrl: true,
  // A minute from `nbf` to `exp`, and five seconds of tolerance.
  ageSecondsMax: 65,
  carriers: ['messagebird-signature-jwt'],
  sign: ({ secret, atSeconds }) => requestWith(tokens.get(`${secret} ${atSeconds}`) ?? ''),
})

describe('a token', () => {
  const word = async (token: Promise<string>, text?: string) =>
    wordOf(verdictOn(source, requestWith(await token, text)))

  test.each(['HS256', 'HS384', 'HS512'])('of %s is believed', async (algorithm) => {
    expect(await word(tokenOf('new', {}, algorithm))).toBe('believed')
  })

  test.each([
    ['of another issuer', { iss: 'Somebody' }],
    ['without the hash of the URL', { url_hash: undefined }],
    ['without the hash of a body that is there', { payload_hash: undefined }],
  ])('%s is forged', async (_what, parts) => {
    expect(await word(tokenOf('new', parts))).toBe('forged')
  })

  test('that is not signed, or not yet valid, opts nobody in', async () => {
    const bare = [{ alg: 'none' }, { ...claims, nbf: nowSeconds, exp: nowSeconds + 60 }]
    const [header, payload] = bare.map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    )
    expect(await word(Promise.resolve(`${header}.${payload}.`))).toBe('forged')
    expect(await word(tokenOf('new', {}, 'HS256', nowSeconds + 6))).toBe('stale')
  })

  test('of a GET needs no hash of a body', async () => {
    const at = `${url}?id=mb-1&recipient=15555550123&status=delivered`
    const token = await tokenOf('new', { url_hash: sha256(at), payload_hash: undefined })
    const headers = { 'messagebird-signature-jwt': token }
    const raw = requestOf('messagebird', { method: 'GET', url: at, headers })
    expect(wordOf(verdictOn(source, raw))).toBe('believed')
    expect(linesOf(readingOf(source, raw))).toEqual([])
  })
})

const lines = (fields: Readonly<Record<string, string>>) => {
  const headers = { 'content-type': formType }
  const raw = requestOf('messagebird', { headers, body: new URLSearchParams(fields).toString() })
  return linesOf(readingOf(source, raw))
}

describe('a message', () => {
  const at = 'at 2026-11-23T11:59:58.000000Z'
  const optOuts = ['brand:acme/carrier-messaging', 'group:offers', 'group:receipts'].map(
    (scope) => `opt-out ${scope} ${person} ${at}`,
  )
  test('of a long number is what it says', () => {
    expect(lines(inbound)).toEqual(optOuts)
  })

  test('of a short code has names and times of its own', () => {
    const short = {
      mid: 'mb-2',
      shortcode: sender.slice(1),
      message: 'STOP',
      originator: person.slice(1),
      receive_datetime: '20261123115958',
    }
    expect(lines(short)).toEqual(optOuts)
  })

  test('that failed with 103 is an inferred opt-out, with other codes it is not', () => {
    const status = { id: 'mb-3', recipient: person.slice(1), status: 'delivery_failed' }
    expect(lines({ ...status, statusErrorCode: '103' })).toEqual([
      `opt-out brand:acme/carrier-messaging ${person}`,
    ])
    expect(lines({ ...status, statusErrorCode: '1' })).toEqual([])
  })

  test('without id, sender or text is unreadable', () => {
    for (const missing of ['id', 'originator', 'body'] as const) {
      const { [missing]: _left, ...rest } = inbound
      const raw = requestOf('messagebird', { body: new URLSearchParams(rest).toString() })
      expect(readingOf(source, raw)).toBeNull()
    }
  })
})
