import * as z from 'zod'
import type { NormalAddress } from './address.ts'
import { addressSchema, normaliseAddress } from './address.ts'
import type { Actor, Evidence } from './authority.ts'
import { actorSchema } from './authority.ts'
import type { Relation } from './events.ts'
import { relationSchema } from './events.ts'
import type { EventId } from './identifiers.ts'
import type { Micros } from './instant.ts'
import { parseInstant } from './instant.ts'
import type { Clock } from './policy.ts'
import { clockSchema } from './policy.ts'
import type { Problem } from './problem.ts'
import type { ScopeKey } from './scope.ts'
import { scopeKey, scopeSchema } from './scope.ts'

const instant = z.string().transform((text, context) => {
  const at = parseInstant(text)
  if (at !== null) return at
  context.addIssue({ code: 'custom', message: 'expected an RFC 3339 instant with an offset' })
  return z.NEVER
})
const scope = scopeSchema.transform(scopeKey)
const evidence = z.record(z.string().min(1).max(64), z.json()).default({})
const method = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/)
/** External ids are matched exactly, as Braze does; only white space around them is cut. */
const externalId = z.string().trim().min(1).max(512)

/** Who spoke, how, when, and what shows it: the fields that every signal shares. */
const act = {
  address: addressSchema.optional(),
  externalId: externalId.optional(),
  actor: actorSchema,
  method,
  claimedAt: instant.optional(),
  sentAt: instant.optional(),
  clock: clockSchema.default('server'),
  evidence,
}
/** For signals that a backend or an operator makes by hand. */
const byOperator = { ...act, actor: actorSchema.default('system'), method: method.default('api') }

const replacementSchema = z.strictObject({
  action: z.enum(['opt-in', 'opt-out', 'ended']),
  scope,
  actor: actorSchema,
  method,
  claimedAt: instant.optional(),
  clock: clockSchema.default('server'),
  validUntil: instant.optional(),
  evidence,
})

const linkData = {
  ...byOperator,
  /** The other end of the link; absent when `externalId` names it. */
  other: addressSchema.optional(),
  relation: relationSchema.default('owner'),
}

/** The `data` of each type that `POST /v1/signals` takes. */
export const signalDataSchemas = {
  'opt-in': z.strictObject({ ...act, scope, validUntil: instant.optional() }),
  'opt-out': z.object({ ...act, scope }),
  'opt-in-requested': z.strictObject({ ...act, scope, expiresAt: instant.optional() }),
  affirmative: z.strictObject({ ...act, scope }),
  link: z.strictObject(linkData),
  unlink: z.strictObject(linkData),
  ended: z.strictObject({ ...byOperator, scope: scope.default('all' as ScopeKey) }),
  correction: z.strictObject({
    ...byOperator,
    voids: z.array(z.uuid()).min(1).max(100),
    replacement: replacementSchema.optional(),
  }),
  'intent-suspected': z.strictObject({ ...byOperator, scope }),
  'intent-resolved': z.strictObject({
    ...byOperator,
    scope,
    decision: z.enum(['dismissed', 'opt-out']),
  }),
} as const
export type Action = keyof typeof signalDataSchemas

export const signalTypePrefix = 'subscription.'

/** The attributes of a CloudEvent 1.0 that identify a signal; extension attributes pass unread. */
export const signalEnvelopeSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(512),
  source: z.string().min(1).max(512),
  type: z.string().min(1).max(128),
  time: z.string().optional(),
  data: z.unknown(),
})

/** What a source says, validated and in one spelling, not yet stored. */
export type Signal = {
  readonly source: string
  readonly id: string
  readonly action: Action
  /** One or two keys of one person: the address first, then the external id. */
  readonly addresses: readonly [NormalAddress, ...NormalAddress[]]
  readonly scope: ScopeKey
  readonly actor: Actor
  readonly method: string
  readonly clock: Clock
  readonly claimedAt?: Micros | undefined
  readonly sentAt?: Micros | undefined
  /** `validUntil` of an opt-in, `expiresAt` of a request. */
  readonly until?: Micros | undefined
  readonly evidence: Evidence
  readonly other?: NormalAddress | undefined
  readonly relation?: Relation | undefined
  readonly voids?: readonly EventId[] | undefined
  readonly replacement?: z.output<typeof replacementSchema> | undefined
  readonly decision?: 'dismissed' | 'opt-out' | undefined
  /** Fields of an opt-out that could not be read and were given their safest reading. */
  readonly salvaged?: readonly string[] | undefined
  readonly deliveryDelayMicrosMax?: Micros | undefined
}

export type ParsedSignal =
  | { readonly ok: true; readonly signal: Signal }
  | { readonly ok: false; readonly problem: Problem }

const refuse = (field: string, detail: string): ParsedSignal => ({
  ok: false,
  problem: { code: 'invalid-signal', detail, field },
})

function refuseIssue(error: z.ZodError, prefix: string): ParsedSignal {
  const [issue] = error.issues
  const field = [prefix, ...(issue?.path ?? []).map(String)].filter(Boolean).join('.')
  return refuse(field, issue?.message ?? 'malformed')
}

const isAction = (text: string): text is Action => Object.hasOwn(signalDataSchemas, text)

/**
 * Reads a CloudEvent as a signal. A refusal names the first field that is wrong and never repeats its
 * value. An opt-out is read leniently: what cannot be read gets its safest reading (P24), and only an
 * opt-out that names nobody is refused.
 */
export function parseSignal(cloudEvent: unknown): ParsedSignal {
  const envelope = signalEnvelopeSchema.safeParse(cloudEvent)
  if (!envelope.success) return refuseIssue(envelope.error, '')
  const { type, time } = envelope.data
  const action = type.startsWith(signalTypePrefix) ? type.slice(signalTypePrefix.length) : ''
  if (!isAction(action)) {
    const detail = `expected one of ${Object.keys(signalDataSchemas).join(', ')}`
    return { ok: false, problem: { code: 'unknown-type', detail, field: 'type' } }
  }
  const fallback = time === undefined ? null : parseInstant(time)
  if (time !== undefined && fallback === null && action !== 'opt-out') {
    return refuse('time', 'expected an RFC 3339 instant with an offset')
  }
  const parsed = signalDataSchemas[action].safeParse(envelope.data.data)
  if (!parsed.success) {
    if (action === 'opt-out') return salvageOptOut(envelope.data, fallback)
    return refuseIssue(parsed.error, 'data')
  }
  return toSignal(envelope.data, action, parsed.data, fallback)
}

type Envelope = z.output<typeof signalEnvelopeSchema>
type SignalData = z.output<(typeof signalDataSchemas)[Action]>

function toSignal(
  envelope: Envelope,
  action: Action,
  data: SignalData,
  time: Micros | null,
  salvaged?: readonly string[],
): ParsedSignal {
  const { address, externalId: owner } = data
  const keys = [
    ...(address === undefined ? [] : [normaliseAddress(address)]),
    ...(owner === undefined ? [] : [normaliseAddress({ kind: 'external-id', value: owner })]),
  ]
  const [first, ...rest] = keys
  if (first === undefined) return refuse('data.address', 'expected an address or an externalId')
  const unparsable = keys.find((key) => !key.isParsable)
  if (unparsable !== undefined && action !== 'opt-out') return refuseAddress(unparsable, 'data.address')

  const linkEnd = 'other' in data && data.other !== undefined ? normaliseAddress(data.other) : rest[0]
  if (action === 'link' || action === 'unlink') {
    if (linkEnd === undefined) return refuse('data.other', 'expected the other address, or an externalId')
    if (!linkEnd.isParsable) return refuseAddress(linkEnd, 'data.other')
  }
  const { actor, method: how, clock, sentAt, evidence: shown } = data
  return {
    ok: true,
    signal: {
      source: envelope.source,
      id: envelope.id,
      action,
      addresses: action === 'link' || action === 'unlink' ? [first] : [first, ...rest],
      scope: 'scope' in data ? data.scope : ('all' as ScopeKey),
      actor,
      method: how,
      clock,
      claimedAt: data.claimedAt ?? time ?? undefined,
      sentAt,
      until: 'validUntil' in data ? data.validUntil : 'expiresAt' in data ? data.expiresAt : undefined,
      evidence: shown,
      other: linkEnd,
      relation: 'relation' in data ? data.relation : undefined,
      voids: 'voids' in data ? (data.voids as EventId[]) : undefined,
      replacement: 'replacement' in data ? data.replacement : undefined,
      decision: 'decision' in data ? data.decision : undefined,
      salvaged,
    },
  }
}

function refuseAddress(address: NormalAddress, field: string): ParsedSignal {
  const detail = `not a possible ${address.kind} address; a phone is written in E.164, with its +`
  return { ok: false, problem: { code: 'invalid-address', detail, field } }
}

/**
 * The safest reading of each field of an opt-out that cannot be read as sent: of whom it speaks must
 * be there; an unreadable scope is everything (47 CFR 64.1200(a)(12): ambiguous scope stops all), an
 * unreadable actor the person, an unreadable time the time of recording.
 */
function salvageOptOut(envelope: Envelope, time: Micros | null): ParsedSignal {
  const raw = z.record(z.string(), z.unknown()).safeParse(envelope.data)
  if (!raw.success) return refuse('data', 'expected an object')
  const salvaged: string[] = []
  const read = <Out>(field: string, schema: z.ZodType<Out>, safest: Out): Out => {
    const parsed = schema.safeParse(raw.data[field])
    if (parsed.success) return parsed.data
    salvaged.push(field)
    return safest
  }
  const data = {
    address: read('address', salvagedAddress.optional(), undefined),
    externalId: read('externalId', externalId.optional(), undefined),
    scope: read('scope', scope, 'all' as ScopeKey),
    actor: read('actor', actorSchema, 'person'),
    method: read('method', method, 'unreadable'),
    claimedAt: read('claimedAt', instant.optional(), undefined),
    sentAt: read('sentAt', instant.optional(), undefined),
    clock: read('clock', clockSchema.default('server'), 'human' as const),
    evidence: read('evidence', evidence, {}),
  }
  return toSignal(envelope, 'opt-out', data, time, salvaged)
}

/** A bare string, or an address whose kind cannot be read, still says who wants out. */
const salvagedAddress = z.union([
  addressSchema,
  z.object({ value: z.string().min(1).max(512) }).transform(({ value }) => guessed(value)),
  z.string().min(1).max(512).transform(guessed),
])

function guessed(value: string) {
  return { kind: value.includes('@') ? 'email' : 'phone', value }
}
