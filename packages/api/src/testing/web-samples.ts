import { generateKeyPairSync, sign } from 'node:crypto'
import type { ProviderSample } from './provider-samples.ts'
import { byHeaders, bySns, mac, nowSeconds, publicUrl, secret, sha256 } from './provider-samples.ts'

const secrets = ['env:SECRET']
const email = 'ada@example.com'
const seconds = 1_795_435_198
const json = (value: unknown): string => JSON.stringify(value)
const ofJson = { contentType: 'application/json' }

const byStandardWebhooks = byHeaders((_url, body) => {
  const stamp = nowSeconds()
  const text = Buffer.concat([Buffer.from(`msg_1.${stamp}.`), body])
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': stamp,
    'webhook-signature': `v1,${mac(text).digest('base64')}`,
  }
})

const form = { email, formUrl: 'https://acme.example/join', disclosure: 'News, weekly.' }
const webForm: ProviderSample = {
  ...ofJson,
  provider: 'web-form',
  source: { secrets, publicUrl },
  bodies: [
    json({ ...form, id: 'f1', action: 'opt-out', groups: ['news'] }),
    json({ ...form, id: 'f2', boxes: [{ group: 'news', initial: true, final: false }] }),
    json({
      ...form,
      id: 'f3',
      action: 'opt-out',
      phone: '+15555550123',
      captcha: { success: true },
    }),
  ],
  signed: byStandardWebhooks,
}

const event = (id: string) => ({
  specversion: '1.0',
  id,
  source: 'urn:acme:shop',
  type: 'subscription.opt-out',
  data: { address: { kind: 'email', value: email }, scope: 'all', actor: 'person', method: 'api' },
})
const standardWebhooks: ProviderSample = {
  ...ofJson,
  provider: 'standard-webhooks',
  source: { secrets, publicUrl },
  bodies: [json(event('w1')), json([event('w2'), event('w3')])],
  signed: byStandardWebhooks,
}

const topic = 'arn:aws:sns:eu-west-1:123456789012:ses'
const mail = { messageId: 'm1', destination: [email] }
const ses: ProviderSample = {
  provider: 'ses',
  source: { topicArns: [topic], publicUrl },
  contentType: 'text/plain; charset=UTF-8',
  bodies: [
    json({
      notificationType: 'Complaint',
      mail,
      complaint: { complainedRecipients: [{ emailAddress: email }], feedbackId: 'fb1' },
    }),
    json({
      eventType: 'Subscription',
      mail,
      subscription: { newTopicPreferences: { unsubscribeAll: true, topicSubscriptionStatus: [] } },
    }),
  ],
  signed: bySns(topic),
}

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const sendgrid: ProviderSample = {
  ...ofJson,
  provider: 'sendgrid',
  source: {
    publicKeys: [publicKey.export({ format: 'der', type: 'spki' }).toString('base64')],
    publicUrl,
  },
  bodies: [
    `${json([
      { email, timestamp: seconds, event: 'group_unsubscribe', sg_event_id: 's1', asm_group_id: 7 },
      { email, timestamp: seconds, event: 'open', sg_event_id: 's2' },
    ])}\r\n`,
    json([{ email, timestamp: seconds, event: 'spamreport', sg_event_id: 's3' }]),
    json([{ email, event: 'dropped', reason: 'Unsubscribed Address', sg_event_id: 's4' }]),
  ],
  signed: byHeaders((_url, body) => {
    const stamp = nowSeconds()
    const text = Buffer.concat([Buffer.from(stamp), body])
    return {
      'x-twilio-email-event-webhook-signature': sign('sha256', text, privateKey).toString('base64'),
      'x-twilio-email-event-webhook-timestamp': stamp,
    }
  }),
}

const basic = { user: 'mail', password: 'env:SECRET' }
const authorization = `Basic ${Buffer.from(`mail:${secret}`).toString('base64')}`
const mailgun: ProviderSample = {
  ...ofJson,
  provider: 'mailgun',
  source: { secrets, basic, publicUrl },
  bodies: [
    json({ event: 'unsubscribed', recipient: email, timestamp: seconds + 0.5, tag: 'weekly' }),
    json({ event: 'complained', recipient: email, timestamp: seconds }),
  ],
  signed: (_url, body) => {
    const [timestamp, token] = [nowSeconds(), sha256(body).toString('hex')]
    const signature = mac(timestamp + token).digest('hex')
    const around = `{"signature":${json({ timestamp, token, signature })},"event-data":`
    return {
      headers: { authorization },
      body: Buffer.concat([Buffer.from(around), body, Buffer.from('}')]),
    }
  },
}

const change = {
  RecordType: 'SubscriptionChange',
  ServerID: 1,
  MessageStream: 'broadcast',
  ChangedAt: '2026-11-23T11:00:00Z',
  Recipient: email,
  Origin: 'Recipient',
  SuppressSending: true,
  SuppressionReason: 'ManualSuppression',
}
const postmark: ProviderSample = {
  ...ofJson,
  provider: 'postmark',
  source: { basic, publicUrl },
  bodies: [json(change), json({ ...change, SuppressionReason: 'SpamComplaint' })],
  signed: byHeaders(() => ({ authorization })),
}

/** What web forms, producers and e-mail providers send. */
export const webSamples: readonly ProviderSample[] = [
  webForm,
  standardWebhooks,
  ses,
  sendgrid,
  mailgun,
  postmark,
]
