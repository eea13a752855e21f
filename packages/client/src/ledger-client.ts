import type {
  Answered,
  Change,
  HistoryItem,
  Lookup,
  Member,
  PermissionResult,
  SignalResult,
  State,
  StateResult,
} from './answers.ts'
import { LedgerProblem } from './failures.ts'
import type { GroupQuestion, StateQuestion } from './group-questions.ts'
import { askPermissions, askStates } from './group-questions.ts'
import type { ChangesOptions } from './pages.ts'
import { everyChange, everyEntry, everyMember } from './pages.ts'
import { sendSignals } from './send-signals.ts'
import type { BatcherOptions, SignalBatcher } from './signal-batcher.ts'
import { openBatcher } from './signal-batcher.ts'
import type { Address, NewSignal } from './signal-shapes.ts'
import type { Ask, Patience } from './transport.ts'
import { openTransport } from './transport.ts'

export type LedgerClientOptions = {
  /** Where the ledger listens: `https://ledger.example`. */
  readonly url: string
  /** An API key with the scopes that the calls need. */
  readonly key: string
  /** Of these what differs: 10 s a try, 30 s a call, pauses from 100 ms to 5 s. */
  readonly patience?: Partial<Patience>
  /** What requests are made with; the platform's own unless given. */
  readonly fetch?: typeof fetch
}

/** Whom to look up, and how fresh the answer must be. */
export type LookupQuestion = ({ readonly address: Address } | { readonly externalId: string }) &
  Pick<GroupQuestion, 'atLeast' | 'consistency'>

/**
 * A ledger as producers and consumers ask it. Every call retries what may be over in a moment and
 * rejects with `LedgerProblem` when the ledger refuses, with `LedgerUnreachable` when there is no
 * answer before the deadline.
 */
export type LedgerClient = {
  /** Sends one signal. Rejects with `SendFailed`. */
  readonly send: (signal: NewSignal) => Promise<SignalResult>
  /** Sends any number of signals; results in the order given. Rejects with `SendFailed`. */
  readonly sendAll: (signals: readonly NewSignal[]) => Promise<readonly SignalResult[]>
  /** Gathers signals that come one by one. */
  readonly batcher: (options?: BatcherOptions) => SignalBatcher
  readonly states: (question: StateQuestion) => Promise<Answered<StateResult>>
  /** The pre-send gate. */
  readonly permissions: (question: GroupQuestion) => Promise<Answered<PermissionResult>>
  /** Null when nothing was ever recorded there. */
  readonly lookup: (question: LookupQuestion) => Promise<Lookup | null>
  /** The timeline of a subject, oldest first. */
  readonly history: (subject: string) => AsyncGenerator<HistoryItem, void>
  readonly members: (group: string, state?: State) => AsyncGenerator<Member, void>
  /** The change feed; keep the cursor of what you have handled, and go on after it. */
  readonly changes: (options?: ChangesOptions) => AsyncGenerator<Change, void>
}

const patienceByDefault: Patience = {
  attemptTimeoutMs: 10_000,
  deadlineMs: 30_000,
  pauseMsMin: 100,
  pauseMsMax: 5_000,
}

/** Opens a client; it connects when it is first asked something. */
export function openLedgerClient(options: LedgerClientOptions): LedgerClient {
  const { url, key, patience = {}, fetch: send = fetch } = options
  const all = { ...patienceByDefault, ...patience }
  const ask = openTransport({ url, key, patience: all, fetch: send })
  const sendAll: LedgerClient['sendAll'] = (signals) => sendSignals(ask, signals)
  return {
    send: async (signal) => {
      const [result] = await sendAll([signal])
      if (result === undefined) throw new Error('one signal has one result')
      return result
    },
    sendAll,
    batcher: (batching) => openBatcher(sendAll, batching),
    states: (question) => askStates(ask, question),
    permissions: (question) => askPermissions(ask, question),
    lookup: (question) => lookUp(ask, question),
    history: (subject) => everyEntry(ask, subject),
    members: (group, state) => everyMember(ask, group, state),
    changes: (from) => everyChange(ask, from),
  }
}

async function lookUp(ask: Ask, question: LookupQuestion): Promise<Lookup | null> {
  try {
    return await ask<Lookup>('POST', '/v1/subjects/lookup', { body: JSON.stringify(question) })
  } catch (error) {
    if (error instanceof LedgerProblem && error.code === 'unknown-subject') return null
    throw error
  }
}
