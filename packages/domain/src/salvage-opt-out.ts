import * as z from 'zod'
import { addressKind, addressSchema } from './address.ts'
import { actorSchema } from './authority.ts'
import { clockSchema } from './policy.ts'
import type { ScopeKey } from './scope.ts'
import type { signalDataSchemas } from './signal-data.ts'
import {
  evidenceField,
  externalIdField,
  identityLengthMax,
  instantField,
  methodField,
  scopeField,
  signalTypePrefix,
} from './signal-data.ts'

const cut = (text: string): string => text.slice(0, identityLengthMax)

/** An opt-out is known by its type and found again by its source and id; all else may be wrong. */
const optOutEnvelopeSchema = z.looseObject({
  // However long: what cannot be kept whole is still told apart, and found again by the retry.
  id: z.union([z.string().min(1), z.number().transform(String)]).transform(cut),
  source: z.string().min(1).transform(cut),
  type: z.literal(`${signalTypePrefix}opt-out`),
  specversion: z.unknown().optional(),
  time: z.unknown().optional(),
  data: z.unknown().optional(),
})

/** What names a signal, once read. */
export type Envelope = {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly time?: string | undefined
  readonly data?: unknown
  /** Attributes that could not be read. */
  readonly salvaged: readonly string[]
}

/** Reads the envelope of an opt-out whose other attributes are wrong; null for anything else. */
export function salvageEnvelope(cloudEvent: unknown): Envelope | null {
  const parsed = optOutEnvelopeSchema.safeParse(cloudEvent)
  if (!parsed.success) return null
  const { id, source, type, specversion, time, data } = parsed.data
  const isTimeRead = time === undefined || typeof time === 'string'
  const salvaged = [
    ...(specversion === '1.0' ? [] : ['specversion']),
    ...(isTimeRead ? [] : ['time']),
  ]
  return { id, source, type, data, salvaged, ...(isTimeRead && time !== undefined && { time }) }
}

type OptOutData = z.output<(typeof signalDataSchemas)['opt-out']>

/**
 * The safest reading of each field of an opt-out that cannot be read as sent (P24): an unreadable
 * scope is everything (47 CFR 64.1200(a)(12): ambiguous scope stops all), an unreadable actor the
 * person, an unreadable time the time of recording. Null when it is no object at all.
 */
export function salvageOptOut(
  sent: unknown,
): { readonly data: OptOutData; readonly salvaged: readonly string[] } | null {
  const raw = z.record(z.string(), z.unknown()).safeParse(sent)
  if (!raw.success) return null
  const salvaged: string[] = []
  const read = <Out>(field: keyof OptOutData, schema: z.ZodType<Out>, safest: Out): Out => {
    const parsed = schema.safeParse(raw.data[field])
    if (parsed.success) return parsed.data
    salvaged.push(field)
    return safest
  }
  const data: OptOutData = {
    address: read('address', salvagedAddress.optional(), undefined),
    externalId: read('externalId', salvagedExternalId.optional(), undefined),
    scope: read('scope', scopeField, 'all' as ScopeKey),
    actor: read('actor', actorSchema, 'person'),
    method: read('method', methodField, 'unreadable'),
    claimedAt: read('claimedAt', instantField.optional(), undefined),
    sentAt: read('sentAt', instantField.optional(), undefined),
    clock: read('clock', clockSchema.default('server'), 'human' as const),
    evidence: read('evidence', evidenceField, {}),
  }
  return { data, salvaged }
}

/** Whatever was written where the address belongs; cut, because it goes on record as it is. */
const written = z
  .union([z.string(), z.number().transform(String)])
  .transform((text) => text.slice(0, 512))
  .pipe(z.string().min(1))

const salvagedExternalId = z.union([externalIdField, written])

/** A bare string or number, or an address whose kind cannot be read, still says who wants out. */
const salvagedAddress = z.union([
  addressSchema,
  z
    .object({ kind: addressKind.optional().catch(undefined), value: written })
    .transform(({ kind, value }) => ({ kind: kind ?? guessKind(value), value })),
  written.transform((value) => ({ kind: guessKind(value), value })),
])

const guessKind = (value: string): string => (value.includes('@') ? 'email' : 'phone')
