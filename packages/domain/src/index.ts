export type { Address, NormalAddress } from './address.ts'
export {
  addressKind,
  addressSchema,
  isPhoneCountry,
  maskAddress,
  normaliseAddress,
  phoneInCountry,
  userAlias,
} from './address.ts'
export { decideAffirmative } from './affirmative.ts'
export type { Actor, Authority, Evidence } from './authority.ts'
export {
  actorSchema,
  authorities,
  authoritySchema,
  optInAuthority,
  optOutAuthority,
} from './authority.ts'
export { earliestMoment, effectiveAt, latestMoment } from './bounds.ts'
export type { Channel, Family } from './channel.ts'
export { channelSchema, familyOf, familyOfKind } from './channel.ts'
export type { Classified, ClassifyContext, Decided } from './classify.ts'
export { classify } from './classify.ts'
export type {
  CatalogueEvent,
  CatalogueEventType,
  EventData,
  EventType,
  LedgerEvent,
  Relation,
  StoredEvent,
  SubjectEvent,
  SubjectEventType,
  Upcast,
} from './events.ts'
export {
  catalogueEventSchemas,
  isSubjectEvent,
  relationSchema,
  schemaVersion,
  subjectEventSchemas,
  upcast,
} from './events.ts'
export type { Explanation } from './explain.ts'
export { explain } from './explain.ts'
export type { Group, GroupDefinition, Purpose } from './group.ts'
export {
  brandSchema,
  changedFixedFields,
  defineGroup,
  groupDefinitionSchema,
  groupIdSchema,
  purposeSchema,
} from './group.ts'
export type { EventId, GroupId, Position, SubjectId } from './identifiers.ts'
export {
  disclosureStream,
  groupsStream,
  policiesStream,
  subjectOfStream,
  subjectStream,
} from './identifiers.ts'
export type { Micros } from './instant.ts'
export {
  formatInstant,
  microsPerDay,
  microsPerHour,
  microsPerMs,
  parseInstant,
  utcDay,
} from './instant.ts'
export type { FindRecord } from './kin.ts'
export { kinOf, sharedRegisters } from './kin.ts'
export type { Permission, PermissionReason } from './permission-of.ts'
export { permissionOf, permissionReasons } from './permission-of.ts'
export { decideInferredOptOut, isUndatedInference, sendFailureMethod } from './inferred-opt-out.ts'
export type { Clock, Policy, RuleId } from './policy.ts'
export { clockSchema, defaultPolicy, policySchema } from './policy.ts'
export type { Problem, ProblemCode } from './problem.ts'
export { problemCodes } from './problem.ts'
export { decodeRecord, encodeRecord } from './record-codec.ts'
export type { Mark, Register, Registers } from './register.ts'
export { join, joinAll, marks } from './register.ts'
export type { Covering, Scope, ScopeKey } from './scope.ts'
export { coveringScopes, scopeCovers, scopeKey, scopeOfKey, scopeSchema } from './scope.ts'
export type { ParsedSignal, Signal } from './signal.ts'
export { parseSignal } from './signal.ts'
export type { Action } from './signal-data.ts'
export { signalDataSchemas, signalEnvelopeSchema, signalTypePrefix } from './signal-data.ts'
export type { Stamp } from './stamp.ts'
export { isLater, latest } from './stamp.ts'
export type { State, StateAnswer } from './state-of.ts'
export { nextExpiry, stateOf, stateOfSubject, states } from './state-of.ts'
export type { Link, SubjectRecord } from './subject-record.ts'
export {
  applyEvent,
  emptyRecord,
  eventsAsOf,
  foldEvents,
  isVoid,
  liveLinks,
} from './subject-record.ts'
