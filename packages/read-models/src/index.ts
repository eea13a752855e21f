export type { Freshness } from './freshness.ts'
export { freshnessOf, windowMs } from './freshness.ts'
export type { FoldedRow } from './pair-answer.ts'
export { pairAnswer } from './pair-answer.ts'
export type { Person } from './person.ts'
export { personOf } from './person.ts'
export type { Projector, ProjectorOptions, StepResult } from './projector.ts'
export { createProjector } from './projector.ts'
export type {
  GroupQuery,
  Look,
  PermissionResult,
  PermissionsAnswer,
  QueryDeps,
  ReadOptions,
  StateResult,
  StatesAnswer,
} from './queries.ts'
export { look, queryPermissions, queryStates } from './queries.ts'
export { readGroups } from './read-groups.ts'
export type {
  ChangeRow,
  Checkpoint,
  CountRow,
  GivenAnswer,
  MemberChange,
  MemberRow,
  ReadModel,
  ReadModelBatch,
  ReadModelReader,
  Snapshot,
  SubjectRow,
} from './read-model.ts'
export type { RebuildProgress } from './rebuild.ts'
export { rebuild } from './rebuild.ts'
export type { ParkedPlace, RetryOutcome } from './retry-parked.ts'
export type { AsOf } from './strong-read.ts'
export { foldSubject, foldWithKin } from './strong-read.ts'
export type { HistoryEntry, LookupAnswer } from './subject-queries.ts'
export { lookUp, readHistory } from './subject-queries.ts'
export { kindOf, unknownKind, withKind } from './with-kind.ts'
export type { Visibility } from './visibility.ts'
export { createVisibility, visibilityWaitMsMax } from './visibility.ts'
