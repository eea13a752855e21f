import type { DatabaseSync } from 'node:sqlite'
import { encodeRecord } from '@ledger/domain'
import type { ReadModel, ReadModelBatch, ReadModelReader } from '@ledger/read-models'
import {
  finishFilling,
  openFilling,
  openReading,
  openWriting,
  prepareDatabase,
} from './database.ts'
import { readModelFile } from './file-kind.ts'
import { encodeAnswers } from './answers-codec.ts'
import { readReadModel } from './read-model-reads.ts'
import { reading } from './reading.ts'

const bit = (flag: boolean): number => (flag ? 1 : 0)
// A UUID is bound as its text: SQLite makes the 16 bytes of it, for a third of what a Buffer costs.
const uuid = "unhex(?, '-')"

/** The statements that write the rows of a batch, on the connection of its projector. */
function batchWriter(database: DatabaseSync): (batch: ReadModelBatch) => boolean {
  const reached = database.prepare('SELECT position, as_of FROM progress')
  const progress = database.prepare(
    `UPDATE progress SET position = ?, as_of = ?, parked = ?,
       groups_version = groups_version + ? WHERE only_row = 1`,
  )
  const subject = database.prepare(
    `INSERT OR REPLACE INTO subjects (subject, record, answers, parked, due_at)
     VALUES (${uuid}, ?, ?, ?, ?)`,
  )
  const member = database.prepare(
    `INSERT OR REPLACE INTO members (group_id, subject, kind, state, since, decisive_event_id, held,
       send_block, is_counted) VALUES (?, ${uuid}, ?, ?, ?, ${uuid}, ?, ?, ?)`,
  )
  const noMember = database.prepare(
    `DELETE FROM members WHERE group_id = ? AND state = ? AND subject = ${uuid}`,
  )
  const change = database.prepare(
    `INSERT INTO changes (position, sub, at, subject, group_id, previous_state, state, held,
       send_block, since, decisive_event_id, rule_id, authority)
     VALUES (?, ?, ?, ${uuid}, ?, ?, ?, ?, ?, ?, ${uuid}, ?, ?)`,
  )
  const count = database.prepare(
    `INSERT INTO counts (group_id, day, state, entered, left_state) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET entered = entered + excluded.entered,
       left_state = left_state + excluded.left_state`,
  )
  const scope = database.prepare(
    `INSERT OR IGNORE INTO scopes (scope, subject) VALUES (?, ${uuid})`,
  )
  const group = database.prepare('INSERT OR REPLACE INTO groups (id, definition) VALUES (?, ?)')

  const writeRows = (batch: ReadModelBatch): void => {
    for (const { subject: id, row, dueAt } of batch.subjects) {
      const parked = row.parked.length === 0 ? '' : JSON.stringify(row.parked)
      subject.run(id, encodeRecord(row.record), encodeAnswers(row.answers), parked, dueAt)
    }
    for (const { group: groupId, subject: id, previousState, row } of batch.members) {
      if (previousState !== null && previousState !== row?.state) {
        noMember.run(groupId, previousState, id)
      }
      if (row === null) continue
      const { kind, state, since, decisiveEventId, held, sendBlock, isCounted } = row
      const flags = [bit(held), bit(sendBlock), bit(isCounted)]
      member.run(groupId, id, kind, state, since, decisiveEventId, ...flags)
    }
    for (const row of batch.changes) {
      const { held, sendBlock, since, decisiveEventId, ruleId, authority } = row
      const place = [row.position, row.sub, row.at]
      const pair = [row.subject, row.group, row.previousState, row.state]
      const flags = [bit(held), bit(sendBlock)]
      change.run(...place, ...pair, ...flags, since, decisiveEventId, ruleId, authority)
    }
    for (const row of batch.counts) count.run(row.group, row.day, row.state, row.entered, row.left)
    for (const row of batch.scopes) scope.run(row.scope, row.subject)
    for (const row of batch.groups) group.run(row.id, JSON.stringify(row))
  }

  return (batch) => {
    database.exec('BEGIN IMMEDIATE')
    try {
      const found = reached.get()
      const { expected, checkpoint } = batch
      const isExpected =
        found?.['position'] === expected.position && found['as_of'] === expected.asOf
      if (isExpected) {
        writeRows(batch)
        const { position, asOf, parked } = checkpoint
        progress.run(position, asOf, parked, bit(batch.groups.length > 0))
      }
      database.exec(isExpected ? 'COMMIT' : 'ROLLBACK')
      return isExpected
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

const closing = (database: DatabaseSync) => async (): Promise<void> => {
  if (database.isOpen) database.close()
}

/**
 * Opens the read model for its projector, creating the file when there is none. Reads and writes run on
 * the calling thread, which is the projector's own.
 * @throws IncompatibleDatabase when the file is of another kind or of a newer version
 */
export async function openSqliteReadModel({ path }: { readonly path: string }): Promise<ReadModel> {
  prepareDatabase(path, readModelFile)
  const database = openWriting(path, readModelFile)
  return { ...readModelOn(database), close: closing(database) }
}

/**
 * Opens a read model for a rebuild: fast, without a journal, and worth nothing before `close` has made
 * it durable; nobody may read it until then.
 */
export async function openSqliteReadModelBuild({
  path,
}: {
  readonly path: string
}): Promise<ReadModel> {
  prepareDatabase(path, readModelFile)
  const database = openFilling(path, readModelFile)
  const close = async (): Promise<void> => {
    if (database.isOpen) finishFilling(database, path)
  }
  return { ...readModelOn(database), close }
}

function readModelOn(database: DatabaseSync): Omit<ReadModel, 'close'> {
  const write = batchWriter(database)
  return {
    ...readReadModel(database),
    apply: (batch) => reading(() => write(batch)),
  }
}

/**
 * Opens a read model that exists for queries; it sees whole batches only.
 * @throws IncompatibleDatabase when the file is no read model of this version
 */
export async function openSqliteReadModelReader({
  path,
}: {
  readonly path: string
}): Promise<ReadModelReader> {
  const database = openReading(path, readModelFile)
  return { ...readReadModel(database), close: closing(database) }
}
