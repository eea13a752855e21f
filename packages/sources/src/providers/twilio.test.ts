import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { RawRequest } from '../raw-request.ts'
import {
  doorOf,
  linesOf,
  person,
  readingOf,
  requestOf,
  sender,
  sourceOf,
  verdictOn,
  wordOf,
} from '../testing/given-source.ts'

const env = { TOKEN: '12345', OLD: 'before' }
const source = sourceOf('twilio', { secrets: ['env:TOKEN', 'env:OLD'] }, env)
const door = doorOf('twilio')
const formType = 'application/x-www-form-urlencoded'
const sid = 'SM0123456789abcdef0123456789abcdef'

type Fields = Readonly<Record<string, string>>
const stop: Fields = {
  MessageSid: sid,
  AccountSid: 'AC0123456789abcdef0123456789abcdef',
  From: person,
  To: sender,
  Body: 'Stop',
  NumMedia: '0',
  NumSegments: '1',
}

/** As Twilio's documentation describes it, written apart from the code under test. */
function signatureOf(url: string, fields: Fields, token = env.TOKEN): string {
  const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))
  const signed = url + sorted.map(([name, value]) => name + value).join('')
  return createHmac('sha1', token).update(signed).digest('base64')
}

type As = { readonly url?: string; readonly signed?: string; readonly token?: string }

function formRequest(fields: Fields, as: As = {}): RawRequest {
  const { url = door, token = env.TOKEN } = as
  const { signed = url } = as
  return requestOf('twilio', {
    url,
    headers: { 'content-type': formType, 'x-twilio-signature': signatureOf(signed, fields, token) },
    body: new URLSearchParams(fields).toString(),
  })
}

const verdict = (raw: RawRequest) => wordOf(verdictOn(source, raw))

describe('the signature', () => {
  // https://www.twilio.com/docs/usage/security: the worked example.
  test('of the published example is good', () => {
    const fields = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675310',
      Digits: '1234',
      From: '+14158675310',
      To: '+18005551212',
    }
    const example = requestOf('twilio', {
      url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
      headers: { 'content-type': formType, 'x-twilio-signature': 'GvWf1cFY/Q7PnoempGyD5oXAezc=' },
      body: new URLSearchParams(fields).toString(),
    })
    expect(verdict(example)).toBe('believed')
  })

  test('with the old token is good while the token is replaced', () => {
    expect(verdict(formRequest(stop, { token: env.OLD }))).toBe('believed')
  })

  test('of another token, of another text or of another URL is forged', () => {
    expect(verdict(formRequest(stop, { token: 'other' }))).toBe('forged')
    const raw = formRequest(stop)
    const changed = { ...raw, body: Buffer.from(raw.body.toString().replace('Stop', 'Stap')) }
    expect(verdict(changed)).toBe('forged')
    expect(verdict({ ...raw, url: `${door}2` })).toBe('forged')
    const added = { ...raw, body: Buffer.from(`${raw.body.toString()}&OptOutType=START`) }
    expect(verdict(added)).toBe('forged')
  })

  test('that is missing is unsigned', () => {
    const raw = formRequest(stop)
    expect(verdict({ ...raw, headers: { 'content-type': formType } })).toBe('unsigned')
  })

  test.each([
    ['with its port', `${door.replace('.example', '.example:443')}?a=b+c`, `${door}?a=b+c`],
    ['with the query written anew', `${door}?a=b%20c`, `${door}?a=b+c`],
  ])('made over the URL %s is good', (_how, signed, url) => {
    expect(verdict(formRequest(stop, { url, signed }))).toBe('believed')
  })

  test('of a name with several values takes each value once, sorted', () => {
    const signed = `${door}MediaUrl1MediaUrl2`
    const signature = createHmac('sha1', env.TOKEN).update(signed).digest('base64')
    const headers = { 'content-type': formType, 'x-twilio-signature': signature }
    const body = 'MediaUrl=2&MediaUrl=1&MediaUrl=2'
    expect(verdict(requestOf('twilio', { headers, body }))).toBe('believed')
    expect(verdict(requestOf('twilio', { headers, body: `${body}&MediaUrl=3` }))).toBe('forged')
  })

  test('of JSON covers the hash of its bytes', () => {
    const body = JSON.stringify(stop)
    const url = `${door}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`
    const headers = {
      'content-type': 'application/json',
      'x-twilio-signature': signatureOf(url, {}),
    }
    const raw = requestOf('twilio', { url, headers, body })
    expect(verdict(raw)).toBe('believed')
    expect(verdict({ ...raw, body: Buffer.from(body.replace('Stop', 'Stap')) })).toBe('forged')
    const unhashed = {
      'content-type': 'application/json',
      'x-twilio-signature': signatureOf(door, {}),
    }
    expect(verdict(requestOf('twilio', { headers: unhashed, body }))).toBe('forged')
  })
})

const lines = (fields: Fields) => linesOf(readingOf(source, formRequest(fields)))
const optOuts = [
  `opt-out brand:acme/carrier-messaging ${person}`,
  `opt-out group:offers ${person}`,
  `opt-out group:receipts ${person}`,
]
const optIns = optOuts.map((line) => line.replace('opt-out', 'opt-in'))

describe('a message', () => {
  test('of STOP to a known sender is an opt-out of the brand and of each of its groups', () => {
    expect(lines(stop)).toEqual(optOuts)
    const [first] = readingOf(source, formRequest(stop))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: `urn:twilio:${stop['AccountSid']}`,
      id: `${sid}:opt-out`,
      actor: 'person',
      method: 'sms-keyword',
      clock: 'server',
      claimedAt: undefined,
      evidence: { messageId: sid, text: 'Stop', keywordRule: 'opt-out/fcc/stop' },
    })
  })

  test('of STOP to a sender that nobody owns is one of the brand', () => {
    expect(lines({ ...stop, To: '22395' })).toEqual([optOuts[0]])
  })

  test.each([
    ['STOP', 'leave me', optOuts],
    ['START', 'come back', optIns],
    ['HELP', 'what is this', []],
    // What means an opt-out to us is one, whatever the flag.
    ['HELP', 'stop', optOuts],
  ])('with the flag %s is what the flag says: %s', (flag, text, expected) => {
    expect(lines({ ...stop, Body: text, OptOutType: flag })).toEqual(expected)
  })

  test('of YES is an affirmative for each group, and counts only where something is pending', () => {
    expect(lines({ ...stop, Body: 'Yes' })).toEqual([
      `affirmative group:offers ${person}`,
      `affirmative group:receipts ${person}`,
    ])
  })

  test('of a free text with a cue is suspected, and any other says nothing', () => {
    const suspected = `intent-suspected brand:acme/carrier-messaging ${person}`
    expect(lines({ ...stop, Body: 'please stop texting me' })).toEqual([suspected])
    expect(lines({ ...stop, Body: 'see you at five' })).toEqual([])
  })

  test('by WhatsApp is about the WhatsApp user and groups', () => {
    const whatsapp = { ...stop, From: `whatsapp:${person}`, To: `whatsapp:${sender}` }
    expect(lines(whatsapp)).toEqual([
      'opt-out brand:acme/whatsapp 15555550123',
      'opt-out group:offers-wa 15555550123',
    ])
  })

  test('without a sender is unreadable', () => {
    const { From: _from, ...nameless } = stop
    expect(readingOf(source, formRequest(nameless))).toBeNull()
  })
})

describe('a status', () => {
  const failed = { MessageSid: sid, MessageStatus: 'failed', From: sender, To: person }
  test('of 21610 is an inferred opt-out', () => {
    expect(lines({ ...failed, ErrorCode: '21610' })).toEqual([optOuts[0]])
  })

  test.each(['30003', '30005', '63014', ''])('of %s says nothing of consent', (code) => {
    expect(lines({ ...failed, ErrorCode: code })).toEqual([])
  })
})

test('a stale request may opt out and may not opt in', () => {
  const read = readingOf(source, formRequest(stop), { isStale: true })
  const [first] = read?.signals ?? []
  expect(first?.ok === true && first.signal.quarantine).toBe('stale-signature')
})
