import { createSign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  linesOf,
  nowSeconds,
  readingOf,
  requestOf,
  sourceOf,
  verdictOn,
  wordOf,
} from '../testing/given-source.ts'
import { snsCertificate } from '../testing/sns-certificate.ts'

const topic = 'arn:aws:sns:eu-west-1:123456789012:ses-events'
const source = sourceOf('ses', { topicArns: [topic] })
const email = 'ada@example.com'
const at = 'at 2026-11-23T11:00:00.000000Z'
const timestamp = '2026-11-23T11:00:00.000Z'

const envelopeOf = (message: unknown) => ({
  Type: 'Notification',
  MessageId: 'sns-1',
  TopicArn: topic,
  Message: typeof message === 'string' ? message : JSON.stringify(message),
  Timestamp: new Date(nowSeconds * 1_000).toISOString(),
  SignatureVersion: '2',
  SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem',
  Signature: 'AAAA',
})
const read = (message: unknown, isStale = false) =>
  readingOf(source, requestOf('ses', { body: JSON.stringify(envelopeOf(message)) }), { isStale })
const lines = (message: unknown) => linesOf(read(message))

const mail = {
  timestamp: '2026-11-23T10:00:00.000Z',
  messageId: 'ses-mail-1',
  source: 'news@acme.example',
  destination: [email],
  headers: [],
  commonHeaders: { subject: 'News' },
}
const complaint = (more: object = {}, recipients = [email]) => ({
  notificationType: 'Complaint',
  mail,
  complaint: {
    complainedRecipients: recipients.map((emailAddress) => ({ emailAddress })),
    complaintFeedbackType: 'abuse',
    feedbackId: 'fb-1',
    timestamp,
    userAgent: 'AnyCompany Feedback Loop (V0.01)',
    ...more,
  },
})

describe('a complaint', () => {
  test('is an opt-out of all marketing by e-mail, in both formats', () => {
    const expected = [`opt-out family:email ${email} ${at}`]
    expect(lines(complaint())).toEqual(expected)
    const { notificationType: eventType, ...rest } = complaint()
    expect(lines({ eventType, ...rest })).toEqual(expected)
    const [first] = read(complaint())?.signals ?? []
    expect(first?.ok === true && first.signal).toMatchObject({
      source: 'urn:ses:123456789012',
      id: `fb-1:${email}:opt-out`,
      actor: 'provider',
      method: 'spam-complaint',
      evidence: { messageId: 'ses-mail-1', feedbackType: 'abuse' },
    })
  })

  test('of one of several is a suspicion of each', () => {
    expect(lines(complaint({}, [email, 'Eve <eve@example.com>']))).toEqual([
      `intent-suspected family:email ${email} ${at}`,
      `intent-suspected family:email eve@example.com ${at}`,
    ])
  })

  test('that was never sent, because of an earlier one, is no new act', () => {
    expect(lines(complaint({ complaintSubType: 'OnAccountSuppressionList' }))).toEqual([])
  })
})

type Topics = Readonly<Record<string, string>>
const preferences = (unsubscribeAll: boolean, topics: Topics = {}) => ({
  unsubscribeAll,
  topicSubscriptionStatus: Object.entries(topics).map(([topicName, subscriptionStatus]) => {
    return { topicName, subscriptionStatus }
  }),
})
const subscription = (newTopicPreferences: object, oldTopicPreferences?: object) => ({
  eventType: 'Subscription',
  mail,
  subscription: {
    contactList: 'customers',
    timestamp,
    source: 'UnsubscribeHeader',
    newTopicPreferences,
    oldTopicPreferences,
  },
})

describe('a change of a subscription', () => {
  const brandOut = `opt-out brand:acme/email ${email} ${at}`
  const [newsIn, newsOut] = ['opt-in', 'opt-out'].map((act) => `${act} group:news ${email} ${at}`)

  test.each([
    ['to leave all', preferences(true, { weekly: 'OptIn' }), preferences(false), [brandOut]],
    [
      'to leave a topic',
      preferences(false, { weekly: 'OptOut' }),
      preferences(false, { weekly: 'OptIn' }),
      [newsOut],
    ],
    [
      'in the other spelling',
      preferences(false, { weekly: 'OPT_OUT' }),
      preferences(false, { weekly: 'OPT_IN' }),
      [newsOut],
    ],
    ['of a topic that nobody names', preferences(false, { x: 'OptOut' }), undefined, [brandOut]],
    [
      'to join a topic',
      preferences(false, { weekly: 'OptIn', x: 'OptIn' }),
      preferences(false, { weekly: 'OptOut' }),
      [newsIn],
    ],
    [
      'that leaves a topic as it was',
      preferences(false, { weekly: 'OPT_IN' }),
      preferences(false, { weekly: 'OptIn' }),
      [],
    ],
    [
      'to come back from all',
      preferences(false, { weekly: 'OptIn' }),
      preferences(true, { weekly: 'OptIn' }),
      [`opt-in brand:acme/email ${email} ${at}`, newsIn],
    ],
  ])('%s', (_what, now, before, expected) => {
    expect(lines(subscription(now, before))).toEqual(expected)
  })

  test('has an id for each topic, and may opt in only while it is fresh', () => {
    const joined = subscription(preferences(false, { weekly: 'OptIn' }))
    const [first] = read(joined, true)?.signals ?? []
    expect(first?.id).toBe(`sns-1:${email}:weekly:opt-in:news`)
    expect(first?.ok === true && first.signal.quarantine).toBe('stale-signature')
  })
})

test('what says nothing of consent is counted, and what is unreadable kept', () => {
  const greeting = 'Successfully validated SNS topic for Amazon SES event publishing.'
  expect(read(greeting)?.ignored).toEqual(['greeting'])
  expect(read({ eventType: 'Bounce', bounce: {} })?.ignored).toEqual(['bounce'])
  expect(read({ eventType: 'Open' })?.ignored).toEqual(['event-type'])
  for (const odd of [
    'hello',
    {},
    { eventType: 'Complaint', mail },
    { eventType: 'Subscription' },
  ]) {
    expect(read(odd)).toBeNull()
  }
  const { complaint: none, ...rest } = complaint({}, [])
  expect(read({ ...rest, complaint: none })).toBeNull()
})

test('a topic that the source names is believed by its signature, another is not', () => {
  const word = (TopicArn: string) => {
    const { Signature: _none, ...envelope } = { ...envelopeOf(complaint()), TopicArn }
    const signer = createSign('RSA-SHA256')
    for (const name of ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type'] as const) {
      signer.update(`${name}\n${envelope[name]}\n`)
    }
    const body = JSON.stringify({ ...envelope, Signature: signer.sign(snsCertificate, 'base64') })
    return wordOf(verdictOn(source, requestOf('ses', { body }), { fetched: () => snsCertificate }))
  }
  expect([word(topic), word(`${topic}2`)]).toEqual(['believed', 'forged'])
})
