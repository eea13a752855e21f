import * as z from 'zod'
import type { Reading, Verdict, VerifyContext } from './provider.ts'
import { believed, forged, nothingSaid, unsigned } from './provider.ts'
import type { RawRequest } from './raw-request.ts'
import { jsonOf, queryOf } from './raw-request.ts'
import { hmac, isAnyGood, isSame } from './signature.ts'

const signatureHeader = 'x-hub-signature-256'

/**
 * The webhooks of Meta, whatever the product: a GET with the token that was agreed on, then POSTs
 * signed with the app's secret. The signature covers the body as it was sent, with other letters
 * than ASCII escaped; there is no time in it. Facts: chat.md section 1.
 */
export function verifyMeta(raw: RawRequest, { source }: VerifyContext): Verdict {
  if (raw.method === 'GET') return verifySubscription(raw, source.verifyToken)
  const given = raw.headers[signatureHeader]
  if (given === undefined) return unsigned
  const isGood = isAnyGood(source.secrets, (secret) =>
    isSame(given, `sha256=${hmac('sha256', secret, raw.body).toString('hex')}`),
  )
  return isGood ? believed : forged
}

function verifySubscription(raw: RawRequest, verifyToken: string | undefined): Verdict {
  const query = queryOf(raw)
  const isToken = isSame(query.get('hub.verify_token') ?? '', verifyToken ?? '')
  const isAsked = verifyToken !== undefined && query.get('hub.mode') === 'subscribe'
  return isToken && isAsked ? believed : forged
}

/** Meta sends digits; whatever it is, it must not become a page. */
const challengeShape = /^[\w-]{1,256}$/

/** What a GET wants to hear: its challenge. */
export function answerChallenge(raw: RawRequest): Reading {
  const challenge = queryOf(raw).get('hub.challenge') ?? ''
  const body = challengeShape.test(challenge) ? challenge : ''
  return { ...nothingSaid('challenge'), answer: { status: 200, contentType: 'text/plain', body } }
}

/**
 * How long Meta goes on trying: its own words give no number, resellers say about seven days. It
 * counts for a message whose time cannot be read.
 */
export const metaDelayMicrosMax = 7 * 86_400_000_000

const envelopeSchema = z.object({ object: z.string(), entry: z.array(z.unknown()) })

/** The entries of a POST, each to be read by itself; null for a body that has none. */
export const entriesOf = (raw: RawRequest): z.output<typeof envelopeSchema> | null =>
  envelopeSchema.safeParse(jsonOf(raw)).data ?? null
