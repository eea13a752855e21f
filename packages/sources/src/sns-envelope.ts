import { X509Certificate, verify as verifySignature } from 'node:crypto'
import * as z from 'zod'
import type { Reading, Verdict, VerifyContext } from './provider.ts'
import { believed, forged, nothingSaid, stale, unsigned } from './provider.ts'
import type { RawRequest } from './raw-request.ts'
import { jsonOf } from './raw-request.ts'

/**
 * The envelope in which Amazon SNS delivers over HTTP, whatever the message is about. Facts: sms.md
 * section 8.
 */
const envelopeSchema = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string().min(1),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.string(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string(),
  SigningCertURL: z.string(),
  Subject: z.string().optional(),
  SubscribeURL: z.string().optional(),
  Token: z.string().optional(),
})
export type SnsEnvelope = z.output<typeof envelopeSchema>

/** Null for what is no envelope. */
const snsEnvelopeOf = (raw: RawRequest): SnsEnvelope | null =>
  envelopeSchema.safeParse(jsonOf(raw)).data ?? null

/** The message inside as JSON; undefined when it is none. */
export function innerOf({ Message }: SnsEnvelope): unknown {
  try {
    return JSON.parse(Message) as unknown
  } catch {
    return undefined
  }
}

/**
 * Reads what an envelope brings; one that asks whether a topic may send here is answered by a
 * visit. Null for what is no envelope.
 */
export function readSns(
  raw: RawRequest,
  readNotification: (envelope: SnsEnvelope) => Reading | null,
): Reading | null {
  const envelope = snsEnvelopeOf(raw)
  if (envelope === null) return null
  const { Type, SubscribeURL } = envelope
  if (Type === 'Notification') return readNotification(envelope)
  if (Type === 'UnsubscribeConfirmation') return nothingSaid('unsubscription')
  return isSnsUrl(SubscribeURL) ? { ...nothingSaid('subscription'), visit: SubscribeURL } : null
}

/** The hosts at which Amazon keeps certificates and takes confirmations. */
const snsHost = /^sns\.[a-z0-9-]{1,32}\.amazonaws\.com(\.cn)?$/

/** True for a URL of Amazon's SNS itself and of nobody else. */
function isSnsUrl(text: string | undefined): text is string {
  const url = text === undefined ? null : URL.parse(text)
  return url?.protocol === 'https:' && url.port === '' && snsHost.test(url.hostname)
}

/** The account that owns a topic. */
export const accountOfTopic = (arn: string): string => arn.split(':')[4] ?? 'unknown'

/** SNS itself gives up within an hour; what lay in a queue meanwhile may be days late. */
const signatureSecondsMax = 24 * 3_600

/**
 * Believes an envelope of a topic that the source names, because anybody's topic is validly signed,
 * with a certificate from a host of Amazon's.
 */
export function verifySns(raw: RawRequest, context: VerifyContext): Verdict {
  const envelope = snsEnvelopeOf(raw)
  if (envelope === null) return unsigned
  const { TopicArn, SigningCertURL, SignatureVersion, Signature, Timestamp } = envelope
  if (context.source.topicArns?.includes(TopicArn) !== true) return forged
  if (!isSnsUrl(SigningCertURL)) return forged
  const pem = context.fetched(SigningCertURL)
  if (pem === undefined) return { needs: SigningCertURL }
  const certificate = readCertificate(pem, context.nowSeconds)
  if (certificate === null) return forged
  const algorithm = SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256'
  const signature = Buffer.from(Signature, 'base64')
  const signed = Buffer.from(textToSign(envelope), 'utf8')
  if (!verifySignature(algorithm, signed, certificate.publicKey, signature)) return forged
  const ageSeconds = context.nowSeconds - Date.parse(Timestamp) / 1_000
  return Math.abs(ageSeconds) <= signatureSecondsMax ? believed : stale
}

/** The names and values that are signed, each on a line of its own, in the order of their names. */
function textToSign(envelope: SnsEnvelope): string {
  const fields: readonly (keyof SnsEnvelope)[] =
    envelope.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
  return fields
    .flatMap((field) => (envelope[field] === undefined ? [] : [`${field}\n${envelope[field]}\n`]))
    .join('')
}

/** Null for what is no certificate of today. That it is Amazon's, the host it came from says. */
function readCertificate(pem: string, nowSeconds: number): X509Certificate | null {
  try {
    const certificate = new X509Certificate(pem)
    const from = Date.parse(certificate.validFrom) / 1_000
    const to = Date.parse(certificate.validTo) / 1_000
    return from <= nowSeconds && nowSeconds <= to ? certificate : null
  } catch {
    return null
  }
}
