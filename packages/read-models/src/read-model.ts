import type {
  Authority,
  EventId,
  Group,
  GroupId,
  Micros,
  Position,
  RuleId,
  ScopeKey,
  State,
  SubjectId,
  SubjectRecord,
} from '@ledger/domain'

/** How far a read model has come. */
export type Checkpoint = {
  /** The last event applied; null before the first. */
  readonly position: Position | null
  /** Every event recorded at or before this instant is applied; 0 when that was never proven. */
  readonly asOf: Micros
  /** Events that could not be applied; their subjects are held. */
  readonly parked: number
}

/** The answer last given for a subject in a group: what a change is told by. */
export type GivenAnswer = {
  readonly state: State
  readonly since: Micros | null
  readonly decisiveEventId: EventId | null
  readonly held: boolean
  readonly sendBlock: boolean
  /** False for an external id that owns addresses: its addresses are counted, not it. */
  readonly isCounted: boolean
}

/** All that the read model keeps of one subject. */
export type SubjectRow = {
  readonly record: SubjectRecord
  /** Positions of events about it that could not be applied. */
  readonly parked: readonly Position[]
  /** By group; none where nothing was ever said and nothing is held. */
  readonly answers: { readonly [group: GroupId]: GivenAnswer }
}

/** One subject in one group; there is no row while nothing was ever said and nothing is held. */
export type MemberRow = GivenAnswer & {
  readonly group: GroupId
  readonly subject: SubjectId
  readonly kind: string
}

/** A row to write, or to remove when `row` is null. */
export type MemberChange = {
  readonly group: GroupId
  readonly subject: SubjectId
  /** The state of the row that stands there now; null when there is none. */
  readonly previousState: State | null
  readonly row: MemberRow | null
}

/**
 * One entry of the change feed. Ordered by position, then sub-index: one STOP can change many
 * groups.
 */
export type ChangeRow = {
  readonly position: Position
  readonly sub: number
  /** When it took effect in the read model's order: the event's recording, or the expiry. */
  readonly at: Micros
  readonly subject: SubjectId
  readonly group: GroupId
  readonly previousState: State
  readonly state: State
  readonly held: boolean
  readonly sendBlock: boolean
  readonly since: Micros | null
  readonly decisiveEventId: EventId | null
  readonly ruleId: RuleId
  readonly authority: Authority | null
}

/** How many subjects entered and left a state of a group on one UTC day. */
export type CountRow = {
  readonly group: GroupId
  readonly day: string
  readonly state: State
  readonly entered: number
  readonly left: number
}

/** What one transaction writes: rows and checkpoint together, or nothing. */
export type ReadModelBatch = {
  /**
   * The checkpoint this batch was computed on; another one means another projector was here. `asOf`
   * counts as well: what runs out while nothing is recorded is applied at an unchanged position.
   */
  readonly expected: Checkpoint
  readonly checkpoint: Checkpoint
  readonly subjects: readonly {
    readonly subject: SubjectId
    readonly row: SubjectRow
    /** When its answers may next change by themselves; null when never. */
    readonly dueAt: Micros | null
  }[]
  readonly members: readonly MemberChange[]
  readonly changes: readonly ChangeRow[]
  /** Increments, not totals. */
  readonly counts: readonly CountRow[]
  /**
   * Subjects to find again by a scope that is no known group's: wide scopes, and groups to come.
   */
  readonly scopes: readonly { readonly scope: ScopeKey; readonly subject: SubjectId }[]
  readonly groups: readonly Group[]
}

/**
 * A consistent look: rows of the asked subjects and of all that their links reach, and freshness.
 */
export type Snapshot = {
  readonly checkpoint: Checkpoint
  readonly rows: ReadonlyMap<SubjectId, SubjectRow>
  readonly groups: ReadonlyMap<GroupId, Group>
}

/**
 * What queries read: current state, derived from the log alone and rebuilt from it at will. All
 * methods reject with an `Outage` when the store is out of reach.
 */
export interface ReadModelReader {
  checkpoint(): Promise<Checkpoint>
  /** Rows, links and freshness in one snapshot; subjects without a row are absent. */
  snapshot(subjects: readonly SubjectId[]): Promise<Snapshot>
  /** The first free sub-index at a position; 0 where it has no changes. */
  nextSub(position: Position | null): Promise<number>
  /** Changes after a cursor `(position, sub)` in order; null: from the first. */
  changes(
    after: { readonly position: Position; readonly sub: number } | null,
    limit: number,
  ): Promise<readonly ChangeRow[]>
  /** The subjects in one state of a group, by subject id, after the given one. */
  members(
    group: GroupId,
    state: State,
    after: SubjectId | null,
    limit: number,
  ): Promise<readonly MemberRow[]>
  /** Entries and exits per day and state, both days included. */
  counts(group: GroupId, fromDay: string, toDay: string): Promise<readonly CountRow[]>
  /** Subjects whose answers may change by themselves at or before `until`, soonest first. */
  due(until: Micros): Promise<readonly { readonly subject: SubjectId; readonly dueAt: Micros }[]>
  /** The subjects that `scopes` rows name for any of these scopes. */
  subjectsInScopes(scopes: readonly ScopeKey[]): Promise<readonly SubjectId[]>
  close(): Promise<void>
}

/** The read model as its projector has it. */
export interface ReadModel extends ReadModelReader {
  /**
   * Writes a batch in one transaction if the checkpoint is still `expected`; gives false, and
   * writes nothing, when it is not. So a batch is applied once, whoever applies it.
   */
  apply(batch: ReadModelBatch): Promise<boolean>
}
