import * as z from 'zod'
import { addressKind } from './address.ts'
import { actorSchema, authoritySchema } from './authority.ts'
import { groupDefinitionSchema, groupIdSchema } from './group.ts'
import type { EventId, GroupId, SubjectId } from './identifiers.ts'
import type { Micros } from './instant.ts'
import { clockSchema, policySchema, ruleIdSchema } from './policy.ts'
import type { ScopeKey } from './scope.ts'
import { scopeKeyShape } from './scope.ts'

const micros = z.int()
const eventId = z.uuid().transform((id) => id as EventId)
const subjectId = z.uuid().transform((id) => id as SubjectId)
const groupId = groupIdSchema.transform((id) => id as GroupId)
const scopeKeySchema = z
  .string()
  .regex(scopeKeyShape)
  .transform((key) => key as ScopeKey)
export const relationSchema = z.enum(['owner', 'same-person', 'successor'])
export type Relation = z.infer<typeof relationSchema>

/** What classification fixed once, when the signal was written; replay never re-runs a policy. */
const classified = {
  scope: scopeKeySchema,
  authority: authoritySchema,
  effectiveAt: micros,
  bound: micros,
  ruleId: ruleIdSchema,
}

/** What every event of a subject's stream says in clear; whatever names a person is sealed. */
const common = {
  /** The kind of the subject's address, so that a read model is rebuilt without the vault. */
  kind: addressKind,
  policyVersion: z.string(),
  actor: actorSchema,
  method: z.string(),
  clock: clockSchema,
  /** As the source said; absent when it said nothing. */
  claimedAt: micros.optional(),
  /**
   * The number of the claim in the vault: a log that holds a higher one than the vault is younger.
   */
  claim: z.int().optional(),
  /** The event of the other key that the same signal carried; a correction of one corrects both. */
  copyOf: eventId.optional(),
  /** The other subjects under which the same signal was recorded. */
  alsoUnder: z.array(subjectId).optional(),
  /** Fields of an opt-out that could not be read and were given their safest reading. */
  salvaged: z.array(z.string()).optional(),
}

const until = { until: micros.optional() }
const replacement = z.discriminatedUnion('type', [
  z.object({ type: z.literal('OptedIn'), ...classified, ...until }),
  z.object({ type: z.literal('OptedOut'), ...classified }),
  z.object({ type: z.literal('ConsentEnded'), ...classified }),
])
export type Replacement = z.infer<typeof replacement>

const link = {
  ...common,
  other: subjectId,
  otherKind: addressKind,
  relation: relationSchema,
  effectiveAt: micros,
  bound: micros,
  ruleId: ruleIdSchema,
}

/** The data of each event type of a subject's stream, as of schema version 1. */
export const subjectEventSchemas = {
  OptedIn: z.object({ ...common, ...classified, ...until }),
  OptedOut: z.object({ ...common, ...classified }),
  OptInRequested: z.object({ ...common, ...classified, until: micros }),
  OptInQuarantined: z.object({
    ...common,
    ...classified,
    reason: z.enum([
      'evidence-missing',
      'nothing-pending',
      'correction-unproven',
      'stale-signature',
      'box-preticked',
      'act-automated',
    ]),
    missing: z.array(z.string()).optional(),
  }),
  IntentSuspected: z.object({ ...common, ...classified }),
  IntentResolved: z.object({
    ...common,
    ...classified,
    decision: z.enum(['dismissed', 'opt-out']),
  }),
  SendBlocked: z.object({ ...common, ...classified }),
  SendUnblocked: z.object({ ...common, ...classified }),
  AddressLinked: z.object(link),
  AddressUnlinked: z.object(link),
  ConsentEnded: z.object({ ...common, ...classified }),
  Corrected: z.object({
    ...common,
    effectiveAt: micros,
    bound: micros,
    ruleId: ruleIdSchema,
    voids: z.array(eventId),
    replacement: replacement.optional(),
  }),
  SubjectErased: z.object({ policy: z.enum(['full', 'keep-suppression']) }),
} as const
export type SubjectEventType = keyof typeof subjectEventSchemas

/** The data of the events in the streams of groups, policies and disclosure texts. */
export const catalogueEventSchemas = {
  GroupDefined: z.object({ group: groupId, definition: groupDefinitionSchema }),
  GroupArchived: z.object({ group: groupId }),
  GroupReopened: z.object({ group: groupId }),
  DisclosureStored: z.object({ text: z.string() }),
  PolicyAdopted: z.object({ policy: policySchema }),
} as const
export type CatalogueEventType = keyof typeof catalogueEventSchemas

export type EventType = SubjectEventType | CatalogueEventType

type DataOf<Schemas extends Record<string, z.ZodType>> = {
  [Type in keyof Schemas]: {
    readonly id: EventId
    readonly type: Type
    readonly recordedAt: Micros
    readonly data: Readonly<z.infer<Schemas[Type]>>
  }
}[keyof Schemas]

/** One fact about a subject, as the law reads it. */
export type SubjectEvent = DataOf<typeof subjectEventSchemas>
/** One fact about a group, a policy or a disclosure text. */
export type CatalogueEvent = DataOf<typeof catalogueEventSchemas>
export type LedgerEvent = SubjectEvent | CatalogueEvent

/** The data of one type of event. */
export type EventData<Type extends EventType> = Extract<LedgerEvent, { type: Type }>['data']

// A map, not an object: a stored type may be any text, `constructor` too.
const schemas: ReadonlyMap<string, z.ZodType> = new Map(
  Object.entries({ ...subjectEventSchemas, ...catalogueEventSchemas }),
)

/** The version in which this code writes every event type. */
export const schemaVersion = 1

/** An event as a store hands it back, before anybody has looked inside. */
export type StoredEvent = {
  readonly id: EventId
  readonly type: string
  readonly schemaVersion: number
  readonly recordedAt: Micros
  readonly data: unknown
}

export type Upcast =
  | { readonly ok: true; readonly event: LedgerEvent }
  | { readonly ok: false; readonly reason: 'unknown-type' | 'unknown-version' | 'malformed' }

/**
 * Brings a stored event of any version into today's shape. The only place that knows old versions.
 * An event it cannot read is poison: its reader parks it and holds the subject.
 */
export function upcast(stored: StoredEvent): Upcast {
  const schema = schemas.get(stored.type)
  if (schema === undefined) return { ok: false, reason: 'unknown-type' }
  if (stored.schemaVersion !== schemaVersion) return { ok: false, reason: 'unknown-version' }
  const parsed = schema.safeParse(stored.data)
  if (!parsed.success) return { ok: false, reason: 'malformed' }
  const { id, type, recordedAt } = stored
  return { ok: true, event: { id, type, recordedAt, data: parsed.data } as LedgerEvent }
}

/** True for the events of a subject's stream. */
export function isSubjectEvent(event: LedgerEvent): event is SubjectEvent {
  return Object.hasOwn(subjectEventSchemas, event.type)
}
