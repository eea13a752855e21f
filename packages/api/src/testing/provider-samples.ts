import { createHash, createHmac, createSign, generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chatSamples } from './chat-samples.ts'

/** Requests as one provider makes them, and how it signs. */
export type ProviderSample = {
  readonly provider: string
  /** As it stands in the file of sources. */
  readonly source: Readonly<Record<string, unknown>>
  readonly contentType: string
  readonly bodies: readonly string[]
  /** What makes a body believed at this URL: headers, and the body where that holds a signature. */
  readonly signed: (url: string, body: Buffer) => Signed
  /** False for headers that prove who sends, and say nothing of the body. */
  readonly coversBody?: false
}
export type Signed = { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }

export const publicUrl = 'https://consent.acme.example'
/** What every source of the samples has as its secret. */
export const secret = 'sample-secret'
const secrets = ['env:SECRET']
const [person, sender] = ['+15555550123', '+15555550100']
const [bare, bareSender] = [person.slice(1), sender.slice(1)]
const formType = 'application/x-www-form-urlencoded'
const at = '2026-11-23T11:59:58.123Z'

const form = (fields: Readonly<Record<string, string>>): string =>
  new URLSearchParams(fields).toString()
export const mac = (text: string | Buffer, algorithm = 'sha256') =>
  createHmac(algorithm, secret).update(text)
export const sha256 = (bytes: string | Buffer): Buffer =>
  createHash('sha256').update(bytes).digest()
export const nowSeconds = (): string => String(Math.floor(performance.timeOrigin / 1_000))

/** Signs by headers alone. */
export const byHeaders =
  (headersOf: (url: string, body: Buffer) => Signed['headers']): ProviderSample['signed'] =>
  (url, body) => ({ headers: headersOf(url, body), body })

/** Names sorted, each followed by its sorted values, as Twilio signs a form. */
function twilioText(body: string): string {
  const fields = new URLSearchParams(body)
  const names = [...new Set(fields.keys())].sort()
  const valuesOf = (name: string) => [...new Set(fields.getAll(name))].sort()
  return names.flatMap((name) => valuesOf(name).map((value) => name + value)).join('')
}

const twilioIds = { MessageSid: 'SM01', AccountSid: 'AC01', From: person, To: sender }
const twilio: ProviderSample = {
  provider: 'twilio',
  source: { secrets, publicUrl },
  contentType: formType,
  bodies: [
    form({ ...twilioIds, Body: 'STOP', OptOutType: 'STOP', NumMedia: '0' }),
    form({
      ...twilioIds,
      MessageSid: 'SM03',
      Body: 'Stop',
      From: `whatsapp:${person}`,
      WaId: bare,
    }),
    form({ MessageSid: 'SM02', To: person, MessageStatus: 'failed', ErrorCode: '21610' }),
  ],
  signed: byHeaders((url, body) => ({
    'x-twilio-signature': mac(url + twilioText(body.toString('utf8')), 'sha1').digest('base64'),
  })),
}

/** Every parameter but `sig`, sorted, and `sig` itself at the end of the form. */
function signedForm(_url: string, body: Buffer): Signed {
  const fields = new Map(new URLSearchParams(body.toString('utf8')))
  fields.delete('sig')
  fields.set('timestamp', nowSeconds())
  const names = [...fields.keys()].sort()
  const text = names.map((name) => `&${name}=${fields.get(name)?.replace(/[&=]/g, '_')}`).join('')
  const sig = mac(text).digest('hex')
  return { headers: {}, body: Buffer.from(form(Object.fromEntries([...fields, ['sig', sig]]))) }
}

const vonageIds = { 'api-key': 'abcd', msisdn: bare, to: bareSender, messageId: '0A01' }
const concat = { concat: 'true', 'concat-ref': '7', 'concat-total': '2', 'concat-part': '1' }
const vonage: ProviderSample = {
  provider: 'vonage',
  source: { secrets, publicUrl, signatureMethod: 'sha256hmac' },
  contentType: formType,
  bodies: [
    form({ ...vonageIds, text: 'Stop', 'message-timestamp': '2026-11-23 11:59:58' }),
    form({ ...vonageIds, ...concat, messageId: '0A02', text: 'please stop texting me' }),
    form({ msisdn: bare, messageId: '0A03', status: 'failed', 'err-code': '9' }),
  ],
  signed: signedForm,
}

const sinchIds = { type: 'mo_text', from: bare, to: bareSender, received_at: at }
const sinch: ProviderSample = {
  provider: 'sinch',
  source: { secrets, publicUrl },
  contentType: 'application/json',
  bodies: ['STOP', 'please stop texting me'].map((text, index) =>
    JSON.stringify({ ...sinchIds, id: `01FC${index}`, body: text }),
  ),
  signed: byHeaders((_url, body) => {
    const stamp = nowSeconds()
    const text = Buffer.concat([body, Buffer.from(`.n1.${stamp}`)])
    return {
      'x-sinch-webhook-signature': mac(text).digest('base64'),
      'x-sinch-webhook-signature-timestamp': stamp,
      'x-sinch-webhook-signature-nonce': 'n1',
    }
  }),
}

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const shown = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
const telnyxPayload = {
  ...{ id: 't1', organization_id: 'o1', text: 'Stop', received_at: at },
  ...{ from: { phone_number: person }, to: [{ phone_number: sender }] },
}
const telnyx: ProviderSample = {
  provider: 'telnyx',
  source: { publicKeys: [shown], publicUrl },
  contentType: 'application/json',
  bodies: [
    JSON.stringify({ data: { event_type: 'message.received', payload: telnyxPayload } }),
    JSON.stringify({
      data: {
        event_type: 'message.finalized',
        payload: { ...telnyxPayload, id: 't2', errors: [{ code: '40300' }] },
      },
    }),
  ],
  signed: byHeaders((_url, body) => {
    const stamp = nowSeconds()
    const text = Buffer.concat([Buffer.from(`${stamp}|`), body])
    return {
      'telnyx-signature-ed25519': sign(null, text, privateKey).toString('base64'),
      'telnyx-timestamp': stamp,
    }
  }),
}

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url')
const messagebird: ProviderSample = {
  provider: 'messagebird',
  source: { secrets, publicUrl },
  contentType: formType,
  bodies: [
    form({ id: 'mb1', recipient: bareSender, originator: bare, body: 'Stop', createdDatetime: at }),
    form({ id: 'mb2', recipient: bare, status: 'delivery_failed', statusErrorCode: '103' }),
  ],
  signed: byHeaders((url, body) => {
    const [header, claims] = [
      base64url({ alg: 'HS256', typ: 'JWT' }),
      base64url({
        iss: 'MessageBird',
        nbf: Number(nowSeconds()) - 60,
        exp: Number(nowSeconds()) + 3_600,
        url_hash: sha256(url).toString('hex'),
        payload_hash: sha256(body).toString('hex'),
      }),
    ]
    const signature = mac(`${header}.${claims}`).digest('base64url')
    return { 'messagebird-signature-jwt': `${header}.${claims}.${signature}` }
  }),
}

const bird: ProviderSample = {
  provider: 'bird',
  source: { secrets, publicUrl },
  contentType: 'application/json',
  bodies: [
    JSON.stringify({
      payload: {
        id: 'b1',
        sender: { contact: { identifierValue: person } },
        receiver: { connector: { id: 'c1', identifierValue: sender } },
        body: { type: 'text', text: { text: 'Stop' } },
        direction: 'incoming',
        createdAt: at,
      },
    }),
  ],
  signed: byHeaders((url, body) => {
    const stamp = nowSeconds()
    const text = Buffer.concat([Buffer.from(`${stamp}\n${url}\n`), sha256(body)])
    return {
      'messagebird-signature': mac(text).digest('base64'),
      'messagebird-request-timestamp': stamp,
    }
  }),
}

const infobipResult = { from: bare, to: bareSender, receivedAt: '2026-11-23T11:59:58.000+0000' }
const infobip: ProviderSample = {
  provider: 'infobip',
  source: { publicUrl, basic: { user: 'infobip', password: 'env:SECRET' } },
  contentType: 'application/json',
  bodies: [
    JSON.stringify({
      results: ['Stop', 'hello', 'stop texting me'].map((text, index) => {
        return { ...infobipResult, messageId: `ib${index}`, text }
      }),
    }),
  ],
  signed: byHeaders(() => ({
    authorization: `Basic ${Buffer.from(`infobip:${secret}`).toString('base64')}`,
  })),
}

/** What a test's `fetchText` answers with. */
export const snsCertificate = readFileSync(
  join(import.meta.dirname, '..', '..', '..', '..', 'test', 'support', 'sns-certificate.pem'),
  'utf8',
)
const snsFields = ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type']
/** What is broken is the message inside; the envelope around it is whole. */
export const bySns =
  (topic: string): ProviderSample['signed'] =>
  (_url, body) => {
    const envelope: Readonly<Record<string, string>> = {
      Type: 'Notification',
      MessageId: `sns-${sha256(body).toString('hex')}`,
      TopicArn: topic,
      Message: body.toString('utf8'),
      Timestamp: new Date(Number(nowSeconds()) * 1_000).toISOString(),
      SignatureVersion: '2',
      SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem',
    }
    const signer = createSign('RSA-SHA256')
    for (const name of snsFields) signer.update(`${name}\n${envelope[name]}\n`)
    const Signature = signer.sign(snsCertificate, 'base64')
    return { headers: {}, body: Buffer.from(JSON.stringify({ ...envelope, Signature })) }
  }

const topic = 'arn:aws:sns:eu-west-1:123456789012:two-way'
const awsSms: ProviderSample = {
  provider: 'aws-sms',
  source: { topicArns: [topic], publicUrl },
  contentType: 'text/plain; charset=UTF-8',
  bodies: [
    JSON.stringify({
      originationNumber: person,
      destinationNumber: sender,
      messageBody: 'Stop',
      inboundMessageId: 'in-1',
    }),
  ],
  signed: bySns(topic),
}

export const providerSamples: readonly ProviderSample[] = [
  twilio,
  vonage,
  sinch,
  telnyx,
  messagebird,
  bird,
  infobip,
  awsSms,
  ...chatSamples(secret),
]
