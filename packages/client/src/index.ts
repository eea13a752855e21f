export type {
  Answered,
  Authority,
  Change,
  Freshness,
  HistoryItem,
  ItemProblem,
  Lookup,
  Member,
  PermissionReason,
  PermissionResult,
  SignalResult,
  State,
  StateParts,
  StateResult,
} from './answers.ts'
export type { ProblemCode } from './failures.ts'
export { BatcherFull, LedgerProblem, LedgerUnreachable, SendFailed } from './failures.ts'
export type { GroupQuestion, StateQuestion } from './group-questions.ts'
export type { LedgerClient, LedgerClientOptions, LookupQuestion } from './ledger-client.ts'
export { openLedgerClient } from './ledger-client.ts'
export type { ChangesOptions } from './pages.ts'
export type { BatcherOptions, SignalBatcher } from './signal-batcher.ts'
export type { Actor, Address, NewSignal, Scope, Signal } from './signal-shapes.ts'
export { identified } from './signal-shapes.ts'
export type { Patience } from './transport.ts'
