import type { DatabaseSync } from 'node:sqlite'
import type { Authority, EventId, GroupId, Position, State, SubjectId } from '@ledger/domain'
import type { ChangeRow, MemberRow, ReadModelReader } from '@ledger/read-models'
import { arrayStatements } from './array-statements.ts'
import { reading } from './reading.ts'
import { uuidBytes, uuidText } from './uuid-bytes.ts'

type Bytes = Uint8Array

const eventIdOf = (bytes: Bytes | null): EventId | null =>
  bytes === null ? null : (uuidText(bytes) as EventId)

/** What is listed page by page: changes, members, counts. */
export type ListReads = Pick<ReadModelReader, 'changes' | 'nextSub' | 'members' | 'counts'>

export function readLists(database: DatabaseSync): ListReads {
  const { prepare, rowsOf } = arrayStatements(database)
  const highestSub = prepare('SELECT max(sub) FROM changes WHERE position = ?')
  const changes = prepare(
    `SELECT position, sub, at, subject, group_id, previous_state, state, held, send_block, since,
       decisive_event_id, rule_id, authority
     FROM changes WHERE (position, sub) > (?, ?) ORDER BY position, sub LIMIT ?`,
  )
  const members = prepare(
    `SELECT group_id, subject, kind, state, since, decisive_event_id, held, send_block, is_counted
     FROM members WHERE group_id = ? AND state = ? AND subject > ? ORDER BY subject LIMIT ?`,
  )
  const counts = prepare(
    `SELECT group_id, day, state, entered, left_state FROM counts
     WHERE group_id = ? AND day BETWEEN ? AND ? ORDER BY day, state`,
  )

  return {
    nextSub: (position) =>
      reading(() => {
        if (position === null) return 0
        const [highest] = highestSub.get(position) as unknown as [number | null]
        return highest === null ? 0 : highest + 1
      }),
    changes: (after, limit) =>
      reading(() => {
        const from = after ?? { position: '', sub: -1 }
        return rowsOf<ChangeColumns>(changes, from.position, from.sub, limit).map(changeRow)
      }),
    members: (group, state, after, limit) =>
      reading(() => {
        const from = after === null ? new Uint8Array(0) : uuidBytes(after)
        return rowsOf<MemberColumns>(members, group, state, from, limit).map(memberRow)
      }),
    counts: (group, fromDay, toDay) =>
      reading(() =>
        rowsOf<CountColumns>(counts, group, fromDay, toDay).map(
          ([id, day, state, entered, left]) => ({ group: id, day, state, entered, left }),
        ),
      ),
  }
}

type CountColumns = readonly [GroupId, string, State, entered: number, left: number]

type ChangeColumns = readonly [
  position: string,
  sub: number,
  at: number,
  subject: Bytes,
  group: string,
  previousState: State,
  state: State,
  held: number,
  sendBlock: number,
  since: number | null,
  decisiveEventId: Bytes | null,
  ruleId: string,
  authority: Authority | null,
]

function changeRow(columns: ChangeColumns): ChangeRow {
  const [position, sub, at, subject, group, previousState, state, held, sendBlock] = columns
  const [, , , , , , , , , since, decisiveEventId, ruleId, authority] = columns
  return {
    position: position as Position,
    sub,
    at,
    subject: uuidText(subject) as SubjectId,
    group: group as GroupId,
    previousState,
    state,
    held: held === 1,
    sendBlock: sendBlock === 1,
    since,
    decisiveEventId: eventIdOf(decisiveEventId),
    ruleId,
    authority,
  }
}

type MemberColumns = readonly [
  group: string,
  subject: Bytes,
  kind: string,
  state: State,
  since: number | null,
  decisiveEventId: Bytes | null,
  held: number,
  sendBlock: number,
  isCounted: number,
]

function memberRow(columns: MemberColumns): MemberRow {
  const [group, subject, kind, state, since, eventId, held, sendBlock, isCounted] = columns
  return {
    group: group as GroupId,
    subject: uuidText(subject) as SubjectId,
    kind,
    state,
    since,
    decisiveEventId: eventIdOf(eventId),
    held: held === 1,
    sendBlock: sendBlock === 1,
    isCounted: isCounted === 1,
  }
}
