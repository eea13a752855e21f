import { createSign, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
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
import { signatureCases } from '../testing/signature-cases.ts'
import { snsCertificate } from '../testing/sns-certificate.ts'

const topic = 'arn:aws:sns:eu-west-1:123456789012:two-way'
const source = sourceOf('aws-sms', { topicArns: [topic] })
const certificateUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem'
const { privateKey: foreignKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const message = {
  originationNumber: person,
  destinationNumber: sender,
  messageKeyword: 'KEYWORD_123',
  messageBody: 'Stop',
  inboundMessageId: 'cae173d2-66b9-564c-8309-21f858e9fb84',
  previousPublishedMessageId: 'wJalrXUtnFEMI',
}
type Envelope = Readonly<Record<string, string>>
const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString()
const notification: Envelope = {
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: topic,
  Message: JSON.stringify(message),
  Timestamp: iso(nowSeconds),
  SignatureVersion: '2',
  SigningCertURL: certificateUrl,
}
const confirmation: Envelope = {
  ...notification,
  Type: 'SubscriptionConfirmation',
  Message: 'You have chosen to subscribe to the topic',
  Token: '2336412f37',
  SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37',
}

/** As Amazon's documentation describes it, written apart from the code under test. */
function signed(envelope: Envelope, key: string | typeof foreignKey = snsCertificate) {
  const of = {
    Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
    SubscriptionConfirmation: [
      ...['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
    ],
  }[envelope['Type'] ?? '']
  const signer = createSign(envelope['SignatureVersion'] === '1' ? 'RSA-SHA1' : 'RSA-SHA256')
  for (const name of of ?? []) if (name in envelope) signer.update(`${name}\n${envelope[name]}\n`)
  const Signature = signer.sign(key, 'base64')
  return requestOf('aws-sms', {
    headers: { 'content-type': 'text/plain; charset=UTF-8' },
    body: JSON.stringify({ ...envelope, Signature }),
  })
}

const fetched = (url: string) => (url === certificateUrl ? snsCertificate : undefined)
const word = (envelope: Envelope, key?: typeof foreignKey) =>
  wordOf(verdictOn(source, signed(envelope, key), { fetched }))

signatureCases({
  source,
  coversUrl: false,
  ageSecondsMax: 24 * 3_600,
  carriers: [],
  fetched,
  sign: ({ secret, atSeconds }) => {
    const key = secret === 'foreign' ? foreignKey : snsCertificate
    return signed({ ...notification, Timestamp: iso(atSeconds) }, key)
  },
})

describe('an envelope', () => {
  test.each(['1', '2'])('of signature version %s is believed, with and without a subject', (of) => {
    expect(word({ ...notification, SignatureVersion: of })).toBe('believed')
    expect(word({ ...notification, SignatureVersion: of, Subject: 'Hello' })).toBe('believed')
    expect(word({ ...confirmation, SignatureVersion: of })).toBe('believed')
  })

  test('of a topic that the source does not name is forged, however well it is signed', () => {
    expect(word({ ...notification, TopicArn: `${topic}-of-somebody` })).toBe('forged')
  })

  test.each([
    'https://sns.eu-west-1.amazonaws.com.evil.example/c.pem',
    'https://evil.example/sns.eu-west-1.amazonaws.com/c.pem',
    'https://sns.eu-west-1.amazonaws.com@evil.example/c.pem',
    'http://sns.eu-west-1.amazonaws.com/c.pem',
    'https://sns.eu-west-1.amazonaws.com:8443/c.pem',
    'https://s3.amazonaws.com/sns.eu-west-1/c.pem',
    'file:///etc/passwd',
    'nonsense',
  ])('with a certificate at %s is forged, and nothing is fetched', (url) => {
    expect(word({ ...notification, SigningCertURL: url })).toBe('forged')
  })

  test('asks for its certificate first, and does not take anything for one', () => {
    const raw = signed(notification)
    expect(verdictOn(source, raw)).toEqual({ needs: certificateUrl })
    expect(wordOf(verdictOn(source, raw, { fetched: () => 'no pem' }))).toBe('forged')
    const after = Date.parse('2121-01-01T00:00:00Z') / 1_000
    const late = signed({ ...notification, Timestamp: iso(after) })
    expect(wordOf(verdictOn(source, late, { fetched, nowSeconds: after }))).toBe('forged')
  })
})

describe('a notification', () => {
  const at = 'at 2026-11-23T12:00:00.000000Z'
  test('is what its text says, at the time that Amazon signed', () => {
    expect(linesOf(readingOf(source, signed(notification)))).toEqual([
      `opt-out brand:acme/carrier-messaging ${person} ${at}`,
      `opt-out group:offers ${person} ${at}`,
      `opt-out group:receipts ${person} ${at}`,
    ])
    const [first] = readingOf(source, signed(notification))?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: 'urn:aws-sms:123456789012',
      id: `${message.inboundMessageId}:opt-out`,
    })
  })

  test('of anything but a message is unreadable', () => {
    for (const Message of ['text', '{}', '[]', '"STOP"']) {
      expect(readingOf(source, signed({ ...notification, Message }))).toBeNull()
    }
  })
})

test('a subscription is confirmed by a visit to Amazon and to nobody else', () => {
  const reading = readingOf(source, signed(confirmation))
  expect(reading).toMatchObject({ signals: [], visit: confirmation['SubscribeURL'] })
  const SubscribeURL = 'https://evil.example/?Action=ConfirmSubscription'
  expect(readingOf(source, signed({ ...confirmation, SubscribeURL }))).toBeNull()
})
