import { createHash } from 'node:crypto'
import { phoneOf } from '../phone-of.ts'
import type { MessagePart, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, stale, unsigned } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { formOf, jsonOf, mediaTypeOf } from '../raw-request.ts'
import { failureSignals } from '../send-failures.ts'
import type { HmacAlgorithm } from '../signature.ts'
import { hmac, isAnyGood, isSame } from '../signature.ts'
import type { Source } from '../source-config.ts'
import { suspicionOf, textSignals } from '../text-signals.ts'

type Parameters = ReadonlyMap<string, string>

/** The parameters of the query, of a form, or of a flat JSON object; null when there are none. */
function parametersOf(raw: RawRequest): Parameters | null {
  if (raw.method === 'GET' || mediaTypeOf(raw) !== 'application/json') return new Map(formOf(raw))
  const json = jsonOf(raw)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null
  return new Map(
    Object.entries(json).flatMap(([name, value]): [string, string][] =>
      typeof value === 'object' ? [] : [[name, String(value)]],
    ),
  )
}

/** Retries go on for 24 hours. */
const signatureSecondsMax = 25 * 3_600

type SignatureMethod = NonNullable<Source['signatureMethod']>
const hmacs: Readonly<Record<Exclude<SignatureMethod, 'md5hash'>, HmacAlgorithm>> = {
  md5hmac: 'md5',
  sha1hmac: 'sha1',
  sha256hmac: 'sha256',
  sha512hmac: 'sha512',
}

function signatureOf(method: SignatureMethod, signed: string, secret: string): string {
  if (method !== 'md5hash') return hmac(hmacs[method], secret, signed).toString('hex')
  return createHash('md5')
    .update(signed + secret)
    .digest('hex')
}

/** Over all parameters but `sig`, sorted, with `&` and `=` in their values as `_`. */
export function verifyVonageSms(raw: RawRequest, { source, nowSeconds }: VerifyContext): Verdict {
  if (source.secrets === undefined) return believed
  const parameters = parametersOf(raw)
  const given = parameters?.get('sig')
  if (parameters === null || given === undefined) return unsigned
  const signed = [...parameters]
    .filter(([name]) => name !== 'sig')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `&${name}=${value.replace(/[&=]/g, '_')}`)
    .join('')
  const method = source.signatureMethod ?? 'md5hash'
  const isGood = isAnyGood(source.secrets, (secret) =>
    isSame(given.toLowerCase(), signatureOf(method, signed, secret)),
  )
  if (!isGood) return forged
  const ageSeconds = Math.abs(nowSeconds - Number(parameters.get('timestamp')))
  return ageSeconds <= signatureSecondsMax ? believed : stale
}

export function readVonageSms(raw: RawRequest, context: ReadContext): Reading | null {
  const parameters = parametersOf(raw)
  const messageId = parameters?.get('messageId') ?? parameters?.get('message-id')
  const person = parameters?.get('msisdn')
  if (parameters === null || messageId === undefined || person === undefined) return null
  const urn = `urn:vonage:${parameters.get('api-key') ?? 'unknown'}`
  const [status, code] = [parameters.get('status'), parameters.get('err-code')]
  if (status !== undefined && code !== undefined) {
    const failed = status === 'failed' || status === 'rejected'
    const failure = { urn, code, messageId, address: phoneOf(person), channel: 'sms' }
    return failed ? failureSignals(failure, 'vonage', context) : nothingSaid('status')
  }
  if (parameters.get('type') === 'binary') return nothingSaid('message-type')
  const text = parameters.get('text')
  if (text === undefined) return null
  const inbound = {
    urn,
    messageId,
    from: phoneOf(person),
    channel: 'sms',
    to: parameters.get('to') ?? '',
    method: 'sms-keyword' as const,
    claimedAt: timeOf(parameters.get('message-timestamp')),
  }
  const part = partOf(parameters, text)
  if (part === null) return textSignals({ ...inbound, text }, context)
  if (context.wholeText === undefined) {
    return { ...suspicionOf({ ...inbound, text }, context), part }
  }
  return { ...textSignals({ ...inbound, text: context.wholeText }, context), part }
}

/** A part of a long message says of which, and its place; null for a message that came whole. */
function partOf(parameters: Parameters, text: string): MessagePart | null {
  const reference = parameters.get('concat-ref')
  if (parameters.get('concat') !== 'true' || reference === undefined) return null
  const [number, total] = ['concat-part', 'concat-total'].map((name) =>
    Number(parameters.get(name)),
  )
  if (number === undefined || total === undefined || !(number >= 1 && number <= total)) return null
  const from = [parameters.get('api-key'), parameters.get('msisdn'), parameters.get('to')]
  return { message: [...from, reference].join(' '), number, total, text }
}

/** `YYYY-MM-DD HH:MM:SS`, in UTC. */
const timeOf = (text: string | undefined): string | undefined =>
  text !== undefined && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)
    ? `${text.replace(' ', 'T')}Z`
    : undefined
