import * as z from 'zod'
import type { NormalAddress } from './address.ts'
import { normaliseAddress, normaliseOptOutAddress } from './address.ts'
import type { Actor, Evidence } from './authority.ts'
import type { Relation } from './events.ts'
import type { EventId } from './identifiers.ts'
import type { Micros } from './instant.ts'
import { parseInstant } from './instant.ts'
import type { Clock } from './policy.ts'
import type { Problem } from './problem.ts'
import type { Envelope } from './salvage-opt-out.ts'
import { salvageEnvelope, salvageOptOut } from './salvage-opt-out.ts'
import type { ScopeKey } from './scope.ts'
import type { Action, replacementSchema } from './signal-data.ts'
import { signalDataSchemas, signalEnvelopeSchema, signalTypePrefix } from './signal-data.ts'

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
  /** Set by a source that does not believe this to be a new act of a person: no opt-in counts. */
  readonly quarantine?: 'stale-signature' | 'box-preticked' | 'act-automated' | undefined
}

export type ParsedSignal =
  { readonly ok: true; readonly signal: Signal } | { readonly ok: false; readonly problem: Problem }

const refuse = (field: string, detail: string): ParsedSignal => ({
  ok: false,
  problem: { code: 'invalid-signal', detail, field },
})

/**
 * What a sender calls its fields may be repeated; anything else it wrote as a key may be a value.
 */
const isFieldName = (key: PropertyKey): boolean =>
  typeof key === 'number' || /^[A-Za-z][A-Za-z_-]{0,31}$/.test(String(key))

function refuseIssue(error: z.ZodError, prefix: string): ParsedSignal {
  const [issue] = error.issues
  const path = issue?.path ?? []
  const named = path.map((key) => (isFieldName(key) ? String(key) : '?'))
  const field = [prefix, ...named].filter(Boolean).join('.')
  if (issue?.code !== 'unrecognized_keys') return refuse(field, issue?.message ?? 'malformed')
  const unknown = issue.keys.map((key) => (isFieldName(key) ? key : '?'))
  return refuse(field, `unknown field ${unknown.join(', ')}`)
}

const isAction = (text: string): text is Action => Object.hasOwn(signalDataSchemas, text)

/**
 * Reads a CloudEvent as a signal. A refusal names the first field that is wrong and never repeats
 * its value. An opt-out is read leniently: what cannot be read gets its safest reading (P24), and
 * only an opt-out that names nobody, or has no id to find it again by, is refused.
 */
export function parseSignal(cloudEvent: unknown): ParsedSignal {
  const strict = signalEnvelopeSchema.safeParse(cloudEvent)
  const envelope = strict.success ? { ...strict.data, salvaged: [] } : salvageEnvelope(cloudEvent)
  if (envelope === null) return refuseIssue(strict.error ?? new z.ZodError([]), '')
  const { type } = envelope
  const action = type.startsWith(signalTypePrefix) ? type.slice(signalTypePrefix.length) : ''
  if (!isAction(action)) {
    const detail = `expected one of ${Object.keys(signalDataSchemas).join(', ')}`
    return { ok: false, problem: { code: 'unknown-type', detail, field: 'type' } }
  }
  return action === 'opt-out' ? readOptOut(envelope) : readStrictly(envelope, action)
}

function readStrictly(envelope: Envelope, action: Action): ParsedSignal {
  const time = envelope.time === undefined ? undefined : parseInstant(envelope.time)
  if (time === null) return refuse('time', 'expected an RFC 3339 instant with an offset')
  const parsed = signalDataSchemas[action].safeParse(envelope.data)
  if (!parsed.success) return refuseIssue(parsed.error, 'data')
  return toSignal(envelope, action, parsed.data, time)
}

function readOptOut(envelope: Envelope): ParsedSignal {
  const time = envelope.time === undefined ? undefined : parseInstant(envelope.time)
  const unread = time === null ? [...envelope.salvaged, 'time'] : envelope.salvaged
  const parsed = signalDataSchemas['opt-out'].safeParse(envelope.data)
  if (parsed.success) return toSignal(envelope, 'opt-out', parsed.data, time ?? undefined, unread)
  const read = salvageOptOut(envelope.data)
  if (read === null) return refuse('data', 'expected an object')
  // The envelope's time may be the sending; it must not stand for a claim that cannot be read.
  const fallback = read.salvaged.includes('claimedAt') ? undefined : (time ?? undefined)
  return toSignal(envelope, 'opt-out', read.data, fallback, [...unread, ...read.salvaged])
}

type SignalData = z.output<(typeof signalDataSchemas)[Action]>

function toSignal(
  envelope: Envelope,
  action: Action,
  data: SignalData,
  time: Micros | undefined,
  salvaged: readonly string[] = [],
): ParsedSignal {
  const isOptOut = action === 'opt-out'
  const keys = keysOf(data, isOptOut).filter((key) => !isOptOut || key.value !== '')
  const [first, ...rest] = keys
  if (first === undefined) return refuse('data.address', 'expected an address or an externalId')
  const unparsable = keys.find((key) => !key.isParsable)
  if (unparsable !== undefined && !isOptOut) {
    return refuseAddress(unparsable, 'data.address')
  }
  const isLink = action === 'link' || action === 'unlink'
  const other = 'other' in data && data.other !== undefined ? normaliseAddress(data.other) : rest[0]
  const relation = 'relation' in data ? data.relation : undefined
  const problem = isLink ? problemOfLink(first, other, relation) : null
  if (problem !== null) return problem

  const { actor, method, clock, sentAt, evidence } = data
  return {
    ok: true,
    signal: {
      source: envelope.source,
      id: envelope.id,
      action,
      addresses: isLink ? [first] : [first, ...rest],
      scope: 'scope' in data ? data.scope : ('all' as ScopeKey),
      actor,
      method,
      clock,
      claimedAt: data.claimedAt ?? time,
      sentAt,
      until:
        'validUntil' in data ? data.validUntil : 'expiresAt' in data ? data.expiresAt : undefined,
      evidence,
      other,
      relation,
      voids: 'voids' in data ? data.voids : undefined,
      replacement: 'replacement' in data ? data.replacement : undefined,
      decision: 'decision' in data ? data.decision : undefined,
      salvaged: salvaged.length > 0 ? salvaged : undefined,
    },
  }
}

/** The keys of one person that a signal carries: the address first, then the external id. */
function keysOf({ address, externalId }: SignalData, isOptOut: boolean): readonly NormalAddress[] {
  const normalise = isOptOut ? normaliseOptOutAddress : normaliseAddress
  return [
    ...(address === undefined ? [] : [normalise(address)]),
    ...(externalId === undefined
      ? []
      : [normaliseAddress({ kind: 'external-id', value: externalId })]),
  ]
}

function refuseAddress(address: NormalAddress, field: string): ParsedSignal {
  const detail = `not a possible ${address.kind} address; a phone is written in E.164, with its +`
  return { ok: false, problem: { code: 'invalid-address', detail, field } }
}

/**
 * What is wrong with the ends of a link. `owner` shares opt-ins, so it must lie between an external
 * id and an address: two addresses that were linked without saying how would subscribe each other.
 */
function problemOfLink(
  first: NormalAddress,
  other: NormalAddress | undefined,
  relation: Relation | undefined,
): ParsedSignal | null {
  if (other === undefined) {
    return refuse('data.other', 'expected the other address, or an externalId')
  }
  if (!other.isParsable) return refuseAddress(other, 'data.other')
  if (first.kind === other.kind && first.value === other.value) {
    return refuse('data.other', 'expected another address than the first')
  }
  const externalIds = [first, other].filter(({ kind }) => kind === 'external-id').length
  if (relation === 'owner' && externalIds !== 1) {
    const detail = 'owner links an external-id and an address; expected same-person or successor'
    return refuse('data.relation', detail)
  }
  return null
}
