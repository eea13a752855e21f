import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Authority, EventId, Group, GroupId, Position, State, SubjectId } from '@ledger/domain'
import { decodeRecord } from '@ledger/domain'
import type {
  ChangeRow,
  Checkpoint,
  MemberRow,
  ReadModelReader,
  SubjectRow,
} from '@ledger/read-models'
import { decodeAnswers } from './answers-codec.ts'
import { reading } from './reading.ts'
import { uuidBytes, uuidText } from './uuid-bytes.ts'

type SubjectColumns = readonly [record: string, answers: string, parked: string]
type ProgressColumns = readonly [
  position: string | null,
  asOf: number,
  parked: number,
  groupsVersion: number,
]
type Bytes = Uint8Array

const eventIdOf = (bytes: Bytes | null): EventId | null =>
  bytes === null ? null : (uuidText(bytes) as EventId)

/** The reading half of the read model on one connection. */
export function readReadModel(database: DatabaseSync): Omit<ReadModelReader, 'close'> {
  const prepare = (sql: string): StatementSync => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  const rowsOf = <Row>(statement: StatementSync, ...values: SQLInputValue[]): readonly Row[] =>
    statement.all(...values) as unknown as readonly Row[]
  const begin = prepare('BEGIN')
  const commit = prepare('COMMIT')
  const progress = prepare('SELECT position, as_of, parked, groups_version FROM progress')
  const subject = prepare('SELECT record, answers, parked FROM subjects WHERE subject = ?')
  const groups = prepare('SELECT definition FROM groups ORDER BY id')
  const due = prepare(
    'SELECT subject, due_at FROM subjects WHERE due_at <= ? ORDER BY due_at, subject',
  )
  const inScope = prepare('SELECT subject FROM scopes WHERE scope = ?')
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

  const known = { version: -1, groups: new Map<GroupId, Group>() }
  const readProgress = (): Checkpoint => {
    const [position, asOf, parked, version] = progress.get() as unknown as ProgressColumns
    if (version !== known.version) {
      known.groups = readGroupRows(rowsOf<readonly [string]>(groups))
      known.version = version
    }
    return { position: position as Position | null, asOf, parked }
  }
  const readRow = (id: SubjectId): SubjectRow | undefined => {
    const found = subject.get(uuidBytes(id)) as unknown as SubjectColumns | undefined
    if (found === undefined) return undefined
    const [record, answers, parked] = found
    return {
      record: decodeRecord(record),
      answers: decodeAnswers(answers),
      parked: parked === '' ? [] : JSON.parse(parked),
    }
  }
  const readWithKin = (subjects: readonly SubjectId[]): Map<SubjectId, SubjectRow> => {
    const rows = new Map<SubjectId, SubjectRow>()
    const wanted = new Set(subjects)
    for (const id of wanted) {
      const row = readRow(id)
      if (row === undefined) continue
      rows.set(id, row)
      for (const key in row.record.links) {
        const link = row.record.links[key]
        if (link !== undefined) wanted.add(link.other)
      }
    }
    return rows
  }

  return {
    checkpoint: () => reading(readProgress),
    snapshot: (subjects) =>
      reading(() => {
        // One read transaction: state and freshness are of the same moment.
        begin.run()
        try {
          const checkpoint = readProgress()
          return { checkpoint, rows: readWithKin(subjects), groups: known.groups }
        } finally {
          commit.run()
        }
      }),
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
        rowsOf<readonly [GroupId, string, State, number, number]>(
          counts,
          group,
          fromDay,
          toDay,
        ).map(([id, day, state, entered, left]) => ({ group: id, day, state, entered, left })),
      ),
    due: (until) =>
      reading(() =>
        rowsOf<readonly [Bytes, number]>(due, until).map(([id, dueAt]) => ({
          subject: uuidText(id) as SubjectId,
          dueAt,
        })),
      ),
    subjectsInScopes: (scopes) =>
      reading(() => {
        const found = scopes.flatMap((scope) => rowsOf<readonly [Bytes]>(inScope, scope))
        return [...new Set(found.map(([id]) => uuidText(id) as SubjectId))]
      }),
  }
}

function readGroupRows(rows: readonly (readonly [string])[]): Map<GroupId, Group> {
  const groups = rows.map(([definition]) => JSON.parse(definition) as Group)
  return new Map(groups.map((group) => [group.id, group]))
}

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
