import type { TokenClaims } from '../json-web-token.ts'
import { readToken } from '../json-web-token.ts'
import { phoneOf } from '../phone-of.ts'
import type { Provider, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, plainAnswer, stale, unsigned } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { fieldsOf } from '../raw-request.ts'
import { failureSignals } from '../send-failures.ts'
import { isSame, sha256Hex } from '../signature.ts'
import { textSignals } from '../text-signals.ts'

/** MessageBird, the classic platform: inbound SMS and status reports. Facts: sms.md section 6. */
export const messagebird: Provider = {
  name: 'messagebird',
  methods: ['POST', 'GET'],
  signing: 'always',
  needs: ['secrets', 'publicUrl'],
  takes: [],
  verify,
  toSignals,
  answer: plainAnswer,
}

/** As MessageBird's own library allows. */
const toleranceSeconds = 5

/** A token that holds the hashes of the URL and of the body. */
function verify(raw: RawRequest, { source, nowSeconds }: VerifyContext): Verdict {
  const token = raw.headers['messagebird-signature-jwt']
  if (token === undefined) return unsigned
  const claims = readToken(token, source.secrets, ['HS256', 'HS384', 'HS512'])
  if (claims === null || claims['iss'] !== 'MessageBird') return forged
  if (!isHashOf(claims['url_hash'], raw.url)) return forged
  const hash = claims['payload_hash']
  const isHashed = raw.body.length > 0 || hash !== undefined
  if (isHashed && !isHashOf(hash, raw.body)) return forged
  return isCurrent(claims, nowSeconds) ? believed : stale
}

const isHashOf = (claim: unknown, content: string | Uint8Array): boolean =>
  typeof claim === 'string' && isSame(claim, sha256Hex(content))

function isCurrent({ nbf, exp }: TokenClaims, nowSeconds: number): boolean {
  const isBegun = typeof nbf === 'number' && nbf <= nowSeconds + toleranceSeconds
  const isOver = typeof exp !== 'number' || exp < nowSeconds - toleranceSeconds
  return isBegun && !isOver
}

/** The payload names no account. */
const urn = 'urn:messagebird:sms'

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const field = fieldsOf(raw)
  const messageId = field?.('id') ?? field?.('mid')
  if (field === null || messageId === undefined) return null
  const [status, code, to] = [field('status'), field('statusErrorCode'), field('recipient')]
  if (status !== undefined && field('originator') === undefined) {
    if (code === undefined || to === undefined) return nothingSaid('status')
    const failure = { urn, code, messageId, address: phoneOf(to), channel: 'sms' }
    return failureSignals(failure, messagebird.name, context)
  }
  const [from, text] = [field('originator'), field('body') ?? field('message')]
  if (from === undefined || text === undefined) return null
  return textSignals(
    {
      urn,
      messageId,
      from: phoneOf(from),
      channel: 'sms',
      to: to ?? field('shortcode') ?? '',
      text,
      method: 'sms-keyword',
      claimedAt: timeOf(field('createdDatetime') ?? field('receive_datetime')),
    },
    context,
  )
}

const compact = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/

/** RFC 3339, or the digits of it in UTC as short codes send them; undefined for anything else. */
function timeOf(text: string | undefined): string | undefined {
  const rfc3339 = text?.replace(compact, '$1-$2-$3T$4:$5:$6Z')
  return rfc3339 === undefined || Number.isNaN(Date.parse(rfc3339)) ? undefined : rfc3339
}
