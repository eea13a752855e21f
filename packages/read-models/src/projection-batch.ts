import type {
  Group,
  GroupId,
  Micros,
  Position,
  ScopeKey,
  State,
  StateAnswer,
  SubjectId,
} from '@ledger/domain'
import { microsPerDay, nextExpiry, utcDay } from '@ledger/domain'
import type {
  ChangeRow,
  Checkpoint,
  CountRow,
  GivenAnswer,
  MemberChange,
  ReadModelBatch,
  SubjectRow,
} from './read-model.ts'

/** Where in the feed the changes of one event, or of the expiries behind it, stand. */
export type FeedPlace = { position: Position; nextSub: number }

/** What happened to one subject in one group. */
export type PairChange = {
  readonly subject: SubjectId
  readonly kind: string
  readonly group: GroupId
  readonly before: GivenAnswer
  readonly after: StateAnswer
  readonly isCounted: boolean
  readonly isBlank: boolean
  readonly at: Micros
}

type Count = { group: GroupId; day: string; state: State; entered: number; left: number }

/** Collects the rows of one transaction; later rows of the same key replace earlier ones. */
export class ProjectionBatch {
  readonly #subjects = new Set<SubjectId>()
  readonly #members = new Map<string, MemberChange>()
  readonly #changes: ChangeRow[] = []
  readonly #counts = new Map<string, Count>()
  readonly #scopes: { scope: ScopeKey; subject: SubjectId }[] = []
  readonly #groups = new Map<GroupId, Group>()

  /** Has the subject's row written as it stands when the batch is applied. */
  putSubject(subject: SubjectId): void {
    this.#subjects.add(subject)
  }

  putGroup(group: Group): void {
    this.#groups.set(group.id, group)
  }

  putScope(scope: ScopeKey, subject: SubjectId): void {
    this.#scopes.push({ scope, subject })
  }

  /** Writes the member row, the flow of the day and, when the answer itself changed, the feed. */
  putPair(change: PairChange, place: FeedPlace): void {
    const { subject, group, before, after, at } = change
    const key = `${group} ${subject}`
    const written = this.#members.get(key)
    const previousState = written === undefined ? stateOfRow(before) : written.previousState
    this.#members.set(key, { group, subject, previousState, row: memberRow(change) })
    this.#count(change)
    const isSame =
      before.state === after.state &&
      before.held === after.held &&
      before.sendBlock === after.sendBlock
    if (isSame) return
    const { state, held, sendBlock, since, decisiveEventId, ruleId, authority } = after
    this.#changes.push({
      position: place.position,
      sub: place.nextSub,
      at,
      subject,
      group,
      previousState: before.state,
      ...{ state, held, sendBlock, since, decisiveEventId, ruleId, authority },
    })
    place.nextSub += 1
  }

  #count({ group, before, after, isCounted, at }: PairChange): void {
    const left = before.isCounted && before.state !== 'never' ? before.state : null
    const entered = isCounted && after.state !== 'never' ? after.state : null
    if (left === entered) return
    const day = this.#dayOf(at)
    if (left !== null) this.#countOf(group, day, left).left += 1
    if (entered !== null) this.#countOf(group, day, entered).entered += 1
  }

  #lastDay = { from: 0, to: 0, day: '' }

  /** The day of an instant; events of one batch mostly share it. */
  #dayOf(at: Micros): string {
    const { from, to, day } = this.#lastDay
    if (at >= from && at < to) return day
    const start = Math.floor(at / microsPerDay) * microsPerDay
    this.#lastDay = { from: start, to: start + microsPerDay, day: utcDay(at) }
    return this.#lastDay.day
  }

  #countOf(group: GroupId, day: string, state: State): Count {
    const key = `${group} ${day} ${state}`
    const found = this.#counts.get(key)
    if (found !== undefined) return found
    const count = { group, day, state, entered: 0, left: 0 }
    this.#counts.set(key, count)
    return count
  }

  /** The batch to apply on top of `expected`. */
  toApply(
    expected: Checkpoint,
    checkpoint: Checkpoint,
    at: Micros,
    rows: ReadonlyMap<SubjectId, SubjectRow>,
  ): ReadModelBatch {
    const subjects: ReadModelBatch['subjects'][number][] = []
    for (const subject of this.#subjects) {
      const row = rows.get(subject)
      if (row === undefined) throw new Error('a subject of the batch has no row')
      subjects.push({ subject, row, dueAt: nextExpiry(row.record.registers, at) })
    }
    return {
      expected,
      checkpoint,
      subjects,
      members: [...this.#members.values()],
      changes: this.#changes,
      counts: [...this.#counts.values()] satisfies CountRow[],
      scopes: this.#scopes,
      groups: [...this.#groups.values()],
    }
  }
}

/** The state under which a pair has a member row; null where it has none. */
function stateOfRow({ state, held, sendBlock }: GivenAnswer): State | null {
  return state === 'never' && !held && !sendBlock ? null : state
}

function memberRow(change: PairChange): MemberChange['row'] {
  if (change.isBlank) return null
  const { subject, kind, group, after, isCounted } = change
  const { state, since, decisiveEventId, held, sendBlock } = after
  return { group, subject, kind, state, since, decisiveEventId, held, sendBlock, isCounted }
}
