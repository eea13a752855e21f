import type { Provider, ReadContext, Reading, Verdict, VerifyContext } from '../provider.ts'
import { believed, forged, nothingSaid, unsigned } from '../provider.ts'
import type { Fields, RawRequest } from '../raw-request.ts'
import { fieldsOf, formOf, mediaTypeOf, queryOf } from '../raw-request.ts'
import { hmac, isAnyGood, isSame, sha256Hex } from '../signature.ts'
import { failureSignals } from '../send-failures.ts'
import type { ProviderFlag } from '../text-signals.ts'
import { textSignals } from '../text-signals.ts'

/**
 * Twilio Programmable Messaging: inbound messages and status callbacks, as forms or as JSON.
 * Facts: sms.md section 2; the way to sign is that of Twilio's own library, `webhooks.ts`.
 */
export const twilio: Provider = {
  name: 'twilio',
  methods: ['POST', 'GET'],
  signing: 'always',
  needs: ['secrets', 'publicUrl'],
  takes: [],
  verify,
  toSignals,
  // TwiML for "no reply".
  answer: { status: 200, contentType: 'text/xml', body: '<Response></Response>' },
}

const signatureHeader = 'x-twilio-signature'

function verify(raw: RawRequest, { source }: VerifyContext): Verdict {
  const given = raw.headers[signatureHeader]
  if (given === undefined) return unsigned
  const bodyHash = queryOf(raw).get('bodySHA256')
  const isForm = mediaTypeOf(raw) === 'application/x-www-form-urlencoded'
  if (bodyHash !== null && !isForm && !isSame(bodyHash.toLowerCase(), sha256Hex(raw.body))) {
    return forged
  }
  // A body that is neither signed by its parameters nor by its hash is not signed at all.
  if (bodyHash === null && !isForm && raw.body.length > 0) return forged
  const parameters = isForm && raw.method === 'POST' ? signedForm(formOf(raw)) : ''
  const urls = urlForms(raw.url)
  const isGood = isAnyGood(source.secrets, (secret) =>
    isAnyGood(urls, (url) =>
      isSame(given, hmac('sha1', secret, url + parameters).toString('base64')),
    ),
  )
  return isGood ? believed : forged
}

/** Names sorted, each followed by its values: sorted too, without doubles, nothing in between. */
function signedForm(form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort()
  return names
    .map((name) => {
      const values = [...new Set(form.getAll(name))].sort()
      return values.map((value) => `${name}${value}`).join('')
    })
    .join('')
}

/**
 * The forms of a URL that Twilio may have signed: with its port and without, the query as it is or
 * parsed and written anew, as older versions of Twilio's code did.
 */
function urlForms(url: string): readonly string[] {
  const parts = /^(https?):\/\/([^/?#:]+)(?::(\d+))?([^?#]*)(\?[^#]*)?$/.exec(url)
  if (parts === null) return [url]
  const [, scheme = '', host = '', port, path = '', query = ''] = parts
  const usual = scheme === 'https' ? '443' : '80'
  const hosts = [host, `${host}:${port ?? usual}`]
  const rewritten = [...new URLSearchParams(query.slice(1))]
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&')
  const queries = query === '' ? [''] : [query, `?${rewritten}`]
  return [
    ...new Set([
      url,
      ...hosts.flatMap((each) => queries.map((one) => `${scheme}://${each}${path}${one}`)),
    ]),
  ]
}

const flags: ReadonlySet<string> = new Set<ProviderFlag>(['STOP', 'START', 'HELP'])

/** All retries of Twilio share 15 seconds; a fallback URL may be tried after that. */
const delayMicrosMax = 30_000_000

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const field = fieldsOf(raw)
  if (field === null) return null
  const messageId = field('MessageSid') ?? field('SmsMessageSid') ?? field('SmsSid')
  const urn = `urn:twilio:${field('AccountSid') ?? 'unknown'}`
  const status = field('MessageStatus') ?? field('SmsStatus')
  const isInbound = field('Body') !== undefined || field('OptOutType') !== undefined
  if (isInbound && (status === undefined || status === 'received')) {
    return inboundSignals(raw, field, urn, messageId, context)
  }
  if (status === undefined || messageId === undefined) return null
  const [code, to] = [field('ErrorCode'), field('To')]
  if (code === undefined || to === undefined) return nothingSaid('status')
  const [address, channel] = addressOf(to)
  return failureSignals({ urn, code, messageId, address, channel }, twilio.name, context)
}

function inboundSignals(
  raw: RawRequest,
  field: Fields,
  urn: string,
  messageId: string | undefined,
  context: ReadContext,
): Reading | null {
  const from = field('From')
  if (from === undefined || from === '') return null
  const [address, channel] = addressOf(from)
  const flag = field('OptOutType')?.toUpperCase()
  return textSignals(
    {
      urn,
      // What has no id is found again by what it says.
      messageId: messageId ?? `sha256:${sha256Hex(raw.body)}`,
      from: address,
      channel,
      to: field('To')?.replace(/^\w+:/, '') ?? '',
      text: field('Body') ?? '',
      flag: flag !== undefined && flags.has(flag) ? (flag as ProviderFlag) : undefined,
      method: channel === 'whatsapp' ? 'chat-keyword' : 'sms-keyword',
      delayMicrosMax,
    },
    context,
  )
}

const prefixed = /^(whatsapp|messenger|rcs):(.*)$/

/** `+1555...` is a phone; `whatsapp:+1555...` and `whatsapp:US.1234` are users of WhatsApp. */
function addressOf(text: string): readonly [{ kind: string; value: string }, string] {
  const [, channel, value = ''] = prefixed.exec(text) ?? []
  if (channel === undefined || channel === 'rcs') {
    return [{ kind: 'phone', value: value === '' ? text : value }, channel ?? 'sms']
  }
  return [{ kind: `${channel}-user`, value: value.replace(/^\+/, '') }, channel]
}
