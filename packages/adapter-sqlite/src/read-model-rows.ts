import type { DatabaseSync } from 'node:sqlite'
import { encodeRecord } from '@ledger/domain'
import type { ReadModelBatch } from '@ledger/read-models'
import { encodeAnswers } from './answers-codec.ts'
import { subjectChecksum } from './row-checksums.ts'

const bit = (flag: boolean): number => (flag ? 1 : 0)
// A UUID is bound as its text: SQLite makes the 16 bytes of it, for a third of what a Buffer costs.
const uuid = "unhex(?, '-')"

/** Writes the rows of a batch, inside of the transaction that its caller has begun. */
export function rowWriter(database: DatabaseSync): (batch: ReadModelBatch) => void {
  const writeSubjects = subjectWriter(database)
  const writeMembers = memberWriter(database)
  const writeChanges = changeWriter(database)
  const count = database.prepare(
    `INSERT INTO counts (group_id, day, state, entered, left_state) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET entered = entered + excluded.entered,
       left_state = left_state + excluded.left_state`,
  )
  const scope = database.prepare(
    `INSERT OR IGNORE INTO scopes (scope, subject) VALUES (?, ${uuid})`,
  )
  const group = database.prepare('INSERT OR REPLACE INTO groups (id, definition) VALUES (?, ?)')
  return (batch) => {
    writeSubjects(batch.subjects)
    writeMembers(batch.members)
    writeChanges(batch.changes)
    for (const row of batch.counts) count.run(row.group, row.day, row.state, row.entered, row.left)
    for (const row of batch.scopes) scope.run(row.scope, row.subject)
    for (const row of batch.groups) group.run(row.id, JSON.stringify(row))
  }
}

function subjectWriter(database: DatabaseSync) {
  const subject = database.prepare(
    `INSERT OR REPLACE INTO subjects (subject, record, answers, parked, due_at, checksum)
     VALUES (${uuid}, ?, ?, ?, ?, ?)`,
  )
  return (subjects: ReadModelBatch['subjects']): void => {
    for (const { subject: id, row, dueAt } of subjects) {
      const parked = row.parked.length === 0 ? '' : JSON.stringify(row.parked)
      const [record, answers] = [encodeRecord(row.record), encodeAnswers(row.answers)]
      const checksum = subjectChecksum(id, record, answers, parked)
      subject.run(id, record, answers, parked, dueAt, checksum)
    }
  }
}

function memberWriter(database: DatabaseSync) {
  const member = database.prepare(
    `INSERT OR REPLACE INTO members (group_id, subject, kind, state, since, decisive_event_id, held,
       send_block, is_counted) VALUES (?, ${uuid}, ?, ?, ?, ${uuid}, ?, ?, ?)`,
  )
  const noMember = database.prepare(
    `DELETE FROM members WHERE group_id = ? AND state = ? AND subject = ${uuid}`,
  )
  return (members: ReadModelBatch['members']): void => {
    for (const { group, subject, previousState, row } of members) {
      if (previousState !== null && previousState !== row?.state) {
        noMember.run(group, previousState, subject)
      }
      if (row === null) continue
      const { kind, state, since, decisiveEventId: event, held, sendBlock, isCounted } = row
      const flags = [bit(held), bit(sendBlock), bit(isCounted)] as const
      member.run(group, subject, kind, state, since, event, ...flags)
    }
  }
}

function changeWriter(database: DatabaseSync) {
  const change = database.prepare(
    `INSERT INTO changes (position, sub, at, subject, group_id, previous_state, state, held,
       send_block, since, decisive_event_id, rule_id, authority)
     VALUES (?, ?, ?, ${uuid}, ?, ?, ?, ?, ?, ?, ${uuid}, ?, ?)`,
  )
  return (changes: ReadModelBatch['changes']): void => {
    for (const row of changes) {
      change.run(
        row.position,
        row.sub,
        row.at,
        row.subject,
        row.group,
        row.previousState,
        row.state,
        bit(row.held),
        bit(row.sendBlock),
        row.since,
        row.decisiveEventId,
        row.ruleId,
        row.authority,
      )
    }
  }
}
