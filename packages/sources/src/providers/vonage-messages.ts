import * as z from 'zod'
import { readToken } from '../json-web-token.ts'
import { phoneOf } from '../phone-of.ts'
import type { ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, stale } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { isSame, sha256Hex } from '../signature.ts'
import { textSignals } from '../text-signals.ts'

const bearer = /^Bearer +(\S+)$/i

const messageSchema = z.object({
  message_uuid: z.string().min(1),
  channel: z.string().catch('sms'),
  message_type: z.string().optional().catch(undefined),
  to: z.string().catch(''),
  from: z.string().min(1).optional().catch(undefined),
  timestamp: z.string().optional().catch(undefined),
  text: z.string().optional().catch(undefined),
  status: z.string().optional().catch(undefined),
})

const messageOf = (raw: RawRequest) => messageSchema.safeParse(jsonOf(raw)).data ?? null

/** True for a request of the Messages API, signed or not. */
export const isVonageMessage = (raw: RawRequest): boolean =>
  bearer.test(raw.headers['authorization'] ?? '') || messageOf(raw) !== null

/** How long the Messages API goes on trying is not documented; the SMS API does for a day. */
const signatureSecondsMax = 25 * 3_600

/** A token with the hash of the body. Without one, Vonage signs what it is asked to send again. */
export function verifyVonageMessage(
  raw: RawRequest,
  { source, nowSeconds }: VerifyContext,
): Verdict {
  const [, token] = bearer.exec(raw.headers['authorization'] ?? '') ?? []
  if (source.secrets === undefined) return believed
  if (token === undefined) return { isTrue: false, why: 'come-again' }
  const claims = readToken(token, source.secrets, ['HS256'])
  if (claims === null || claims['iss'] !== 'Vonage') return forged
  const hash = claims['payload_hash']
  if (typeof hash !== 'string' || !isSame(hash.toLowerCase(), sha256Hex(raw.body))) return forged
  const iat = claims['iat']
  const isFresh = typeof iat === 'number' && Math.abs(nowSeconds - iat) <= signatureSecondsMax
  return isFresh ? believed : stale
}

/** The account that signed; verified before anything is read. */
function accountOf(raw: RawRequest): string {
  const [, token = ''] = bearer.exec(raw.headers['authorization'] ?? '') ?? []
  const payload = token.split('.')[1] ?? ''
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return z.object({ api_key: z.string().min(1) }).parse(claims).api_key
  } catch {
    return 'unknown'
  }
}

/** Channels that reach a phone number; the others have users of their own. */
const phoneChannels: ReadonlySet<string> = new Set(['sms', 'mms', 'rcs'])
const userChannels: ReadonlySet<string> = new Set(['whatsapp', 'messenger'])

export function readVonageMessage(raw: RawRequest, context: ReadContext): Reading | null {
  const message = messageOf(raw)
  if (message === null) return null
  const { channel, from, to, text, timestamp, status } = message
  if (status !== undefined && text === undefined) return nothingSaid('status')
  if (from === undefined) return null
  if (text === undefined) return nothingSaid('message-type')
  const isUser = userChannels.has(channel)
  if (!isUser && !phoneChannels.has(channel)) return nothingSaid('channel')
  return textSignals(
    {
      urn: `urn:vonage:${accountOf(raw)}`,
      messageId: message.message_uuid,
      from: isUser ? { kind: `${channel}-user`, value: from } : phoneOf(from),
      channel,
      to,
      text,
      method: isUser ? 'chat-keyword' : 'sms-keyword',
      claimedAt: timestamp,
    },
    context,
  )
}
