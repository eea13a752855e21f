import type { ParsedSignal } from '@ledger/domain'
import { parseSignal, signalDataSchemas, signalTypePrefix } from '@ledger/domain'
import * as z from 'zod'
import type { Provider, ReadContext, Reading, ReadSignal } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { verifyStandardWebhook, webhookIdOf } from '../standard-webhooks.ts'

/**
 * A producer's own webhook by Standard Webhooks, carrying one CloudEvent of the ledger or an array
 * of them, as `POST /v1/signals` takes them. Facts: web-email.md section 6.
 */
export const standardWebhooks: Provider = {
  name: 'standard-webhooks',
  methods: ['POST'],
  signing: 'always',
  needs: ['secrets'],
  takes: [],
  verify: verifyStandardWebhook,
  toSignals,
  answer: 'outcomes',
}

const namedSchema = z.object({ id: z.string().max(256), type: z.string() })

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const json = jsonOf(raw)
  if (typeof json !== 'object' || json === null) return null
  const items: readonly unknown[] = Array.isArray(json) ? json : [json]
  const signals = items.map((item, index): ReadSignal => {
    const named = namedSchema.safeParse(item).data
    const id = named?.id ?? `${webhookIdOf(raw) ?? 'unnamed'}:${index}`
    return { ...believedAt(parseSignal(item), context), id, action: actionOf(named?.type) }
  })
  return { signals, ignored: [] }
}

function believedAt(parsed: ParsedSignal, { isStale }: ReadContext): ParsedSignal {
  if (!parsed.ok || !isStale) return parsed
  return { ok: true, signal: { ...parsed.signal, quarantine: 'stale-signature' } }
}

/** One of our own words, because it becomes a metric's label. */
function actionOf(type = ''): string {
  const action = type.startsWith(signalTypePrefix) ? type.slice(signalTypePrefix.length) : ''
  return Object.hasOwn(signalDataSchemas, action) ? action : 'unknown'
}
