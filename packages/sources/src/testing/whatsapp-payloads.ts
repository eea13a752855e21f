import { createHmac } from 'node:crypto'
import type { RawRequest } from '../raw-request.ts'
import type { Reading } from '../provider.ts'
import { linesOf, readingOf, requestOf, sender, sourceOf } from './given-source.ts'

/** What stands in the environment. */
export const env = { NEW: 'new', OLD: 'old', VERIFY: 'agreed-token' }
const buttons = {
  JOIN_OFFERS: { action: 'opt-in', group: 'offers-wa' },
  LEAVE: { action: 'opt-out' },
  marketing_ok: { action: 'opt-in', group: 'offers-wa' },
  'topics=offers': { action: 'opt-in', group: 'offers-wa' },
}
export const source = sourceOf(
  'whatsapp',
  { secrets: ['env:NEW', 'env:OLD'], verifyToken: 'env:VERIFY', buttons },
  env,
)

export const [phone, userId] = ['15550100123', 'US.1122334455']
const phoneNumberId = sender.slice(1)
/** 2026-11-23T08:00:00Z. */
export const timestamp = '1795420800'
export const at = 'at 2026-11-23T08:00:00.000000Z'
export const wide = 'brand:acme/whatsapp'
export const own = 'group:offers-wa'

/** As Meta signs: the body with other letters than ASCII escaped, written apart from the code. */
export function signed(payload: unknown, secret = env.NEW): RawRequest {
  const escaped = JSON.stringify(payload).replace(
    /[\u0080-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const signature = createHmac('sha256', secret).update(escaped).digest('hex')
  return requestOf('whatsapp', {
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    body: escaped,
  })
}

export type Part = Readonly<Record<string, unknown>>
export const change = (value: Part, field = 'messages'): Part => ({
  field,
  value: {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550100999', phone_number_id: phoneNumberId },
    ...value,
  },
})
export const post = (...changes: readonly unknown[]): Part => ({
  object: 'whatsapp_business_account',
  entry: [{ id: '1029384756', changes }],
})
export const message = (part: Part): Part => ({
  from: phone,
  id: 'wamid.EXAMPLE1',
  timestamp,
  ...part,
})
export const text = (body: string, part: Part = {}): Part =>
  message({ type: 'text', text: { body }, ...part })

export const read = (payload: unknown): Reading | null => readingOf(source, signed(payload))
export const lines = (...messages: readonly Part[]) => linesOf(read(post(change({ messages }))))
export const optOuts = (key: string) => [
  `opt-out ${wide} ${key} ${at}`,
  `opt-out ${own} ${key} ${at}`,
]
