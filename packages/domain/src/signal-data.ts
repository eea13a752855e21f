import * as z from 'zod'
import { addressSchema } from './address.ts'
import { actorSchema } from './authority.ts'
import { relationSchema } from './events.ts'
import type { EventId } from './identifiers.ts'
import { parseInstant } from './instant.ts'
import { clockSchema } from './policy.ts'
import type { ScopeKey } from './scope.ts'
import { scopeKey, scopeSchema } from './scope.ts'

export const instantField = z.string().transform((text, context) => {
  const at = parseInstant(text)
  if (at !== null) return at
  context.addIssue({ code: 'custom', message: 'expected an RFC 3339 instant with an offset' })
  return z.NEVER
})
export const scopeField = scopeSchema.transform(scopeKey)
export const evidenceDepthMax = 16

/** Looked at level by level: whatever walks the value by recursion would overflow on a deep one. */
function isShallow(value: unknown): boolean {
  let level: readonly unknown[] = [value]
  for (let depth = 0; depth <= evidenceDepthMax; depth += 1) {
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null ? (Object.values(each) as unknown[]) : [],
    )
    if (level.length === 0) return true
  }
  return false
}

export const evidenceField = z
  .unknown()
  .refine(isShallow, `expected at most ${evidenceDepthMax} levels`)
  .pipe(z.record(z.string().min(1).max(64), z.json()))
  .default({})
export const methodField = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/)
const eventIdField = z.uuid().transform((id) => id.toLowerCase() as EventId)
/** External ids are matched exactly, as Braze does; only white space around them is cut. */
export const externalIdField = z.string().trim().min(1).max(512)

/** Who spoke, how, when, and what shows it: the fields that every signal shares. */
const act = {
  address: addressSchema.optional(),
  externalId: externalIdField.optional(),
  actor: actorSchema,
  method: methodField,
  claimedAt: instantField.optional(),
  sentAt: instantField.optional(),
  clock: clockSchema.default('server'),
  evidence: evidenceField,
}
/** For signals that a backend or an operator makes by hand. */
const byOperator = {
  ...act,
  actor: actorSchema.default('system'),
  method: methodField.default('api'),
}

export const replacementSchema = z.strictObject({
  action: z.enum(['opt-in', 'opt-out', 'ended']),
  scope: scopeField,
  actor: actorSchema,
  method: methodField,
  claimedAt: instantField.optional(),
  clock: clockSchema.default('server'),
  validUntil: instantField.optional(),
  evidence: evidenceField,
})

const linkData = {
  ...byOperator,
  /** The other end of the link; absent when `externalId` names it. */
  other: addressSchema.optional(),
  relation: relationSchema.default('owner'),
}

/** The `data` of each type that `POST /v1/signals` takes. */
export const signalDataSchemas = {
  'opt-in': z.strictObject({ ...act, scope: scopeField, validUntil: instantField.optional() }),
  'opt-out': z.object({ ...act, scope: scopeField }),
  'opt-in-requested': z.strictObject({
    ...act,
    scope: scopeField,
    expiresAt: instantField.optional(),
  }),
  affirmative: z.strictObject({ ...act, scope: scopeField }),
  link: z.strictObject(linkData),
  unlink: z.strictObject(linkData),
  ended: z.strictObject({ ...byOperator, scope: scopeField.default('all' as ScopeKey) }),
  correction: z.strictObject({
    ...byOperator,
    voids: z.array(eventIdField).min(1).max(100),
    replacement: replacementSchema.optional(),
  }),
  'intent-suspected': z.strictObject({ ...byOperator, scope: scopeField }),
  'intent-resolved': z.strictObject({
    ...byOperator,
    scope: scopeField,
    decision: z.enum(['dismissed', 'opt-out']).default('dismissed'),
  }),
} as const
export type Action = keyof typeof signalDataSchemas

export const signalTypePrefix = 'subscription.'

/** The longest source or id that is read; both go on record, sealed. */
export const identityLengthMax = 4_096

/** The attributes of a CloudEvent 1.0 that identify a signal; extension attributes pass unread. */
export const signalEnvelopeSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(identityLengthMax),
  source: z.string().min(1).max(identityLengthMax),
  type: z.string().min(1).max(128),
  time: z.string().optional(),
  data: z.unknown(),
})
