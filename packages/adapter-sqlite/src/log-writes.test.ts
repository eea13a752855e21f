import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { prepareDatabase } from './database.ts'
import { logFile } from './file-kind.ts'
import type { AppendRequest, SentEvent } from './log-writes.ts'
import { logWrites, openLogWriting } from './log-writes.ts'
import { emptyWriteAheadLog } from './rest.ts'
import { runGroup } from './write-group.ts'

let recordedAt = 1_790_000_000_000_000

const sentEvent = (at = (recordedAt += 1)): SentEvent => [
  randomUUID(),
  'OptedIn',
  1,
  at,
  '{"group":"news"}',
  null,
]

/** A log with three events, open as its thread opens it. */
function openLog() {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-log-'))
  const path = join(folder, 'log.db')
  prepareDatabase(path, logFile)
  const opened: DatabaseSync[] = []
  const open = () => {
    const database = openLogWriting(path)
    opened.push(database)
    return { database, writes: logWrites(database) }
  }
  const close = () => {
    for (const database of opened) database.close()
    rmSync(folder, { recursive: true })
  }
  const { database, writes } = open()
  const append = (...requests: AppendRequest[]) => runGroup(database, writes, requests)
  append(['groups', null, [sentEvent(), sentEvent()]], ['policies', null, [sentEvent()]])
  const rows = () => database.prepare('SELECT * FROM events ORDER BY position').all()
  return { database, append, rows, open, close }
}

/** A log for one test. */
function given() {
  const log = openLog()
  onTestFinished(log.close)
  return log
}

const columns =
  '(position, stream, revision, event_id, type, schema_version, recorded_at, data, sealed)'
const forged = "zeroblob(16), 'Forged', 1, 1, '{}', NULL"

// Everything that a mistake or an intruder in this process might try.
const attacks = {
  UPDATE: "UPDATE events SET type = 'Forged' WHERE position = 1",
  'UPDATE of a key': 'UPDATE events SET position = 99 WHERE position = 3',
  DELETE: 'DELETE FROM events WHERE position = 3',
  'DELETE of all': 'DELETE FROM events',
  'INSERT OR REPLACE': `INSERT OR REPLACE INTO events ${columns} VALUES (1, 'x', 0, ${forged})`,
  'INSERT OR REPLACE by its stream': `REPLACE INTO events ${columns}
    VALUES (4, 'groups', 1, ${forged})`,
  'INSERT OR IGNORE': `INSERT OR IGNORE INTO events ${columns} VALUES (1, 'x', 0, ${forged})`,
  upsert: `INSERT INTO events ${columns} VALUES (1, 'x', 0, ${forged})
    ON CONFLICT DO UPDATE SET type = excluded.type`,
  'INSERT with a gap before it': `INSERT INTO events ${columns} VALUES (5, 'x', 0, ${forged})`,
  'INSERT before the first': `INSERT INTO events ${columns} VALUES (0, 'x', 0, ${forged})`,
  'INSERT with a gap in its stream': `INSERT INTO events ${columns}
    VALUES (4, 'groups', 3, ${forged})`,
  'INSERT without a position': `INSERT INTO events ${columns} VALUES (NULL, 'x', 0, ${forged})`,
  'DROP TRIGGER': 'DROP TRIGGER events_are_never_updated',
  'DROP TABLE': 'DROP TABLE events',
  'ALTER TABLE': 'ALTER TABLE events RENAME TO elsewhere',
  'ADD COLUMN': 'ALTER TABLE events ADD COLUMN note TEXT',
  'CREATE TRIGGER': 'CREATE TRIGGER t AFTER INSERT ON events BEGIN SELECT 1; END',
  'CREATE TEMP TRIGGER': 'CREATE TEMP TRIGGER t AFTER INSERT ON events BEGIN SELECT 1; END',
  'DROP INDEX': 'DROP INDEX sqlite_autoindex_events_1',
  'writing to the schema': "UPDATE sqlite_schema SET sql = '' WHERE name = 'events'",
  'a weaker PRAGMA': 'PRAGMA synchronous = OFF',
  'PRAGMA writable_schema': 'PRAGMA writable_schema = ON',
  'a new id of the log': "UPDATE log SET id = '0badc0de'",
  'another id of the log': "INSERT OR REPLACE INTO log (only_row, id) VALUES (1, '0badc0de')",
  'DELETE of its id': 'DELETE FROM log',
  ATTACH: "ATTACH ':memory:' AS elsewhere",
  VACUUM: 'VACUUM',
}

describe('the log refuses', () => {
  let log: ReturnType<typeof openLog>
  beforeAll(() => {
    log = openLog()
  })
  afterAll(() => log.close())

  test.for(Object.entries(attacks))('%s', ([_, sql]) => {
    const before = log.rows()
    expect(() => log.database.exec(sql)).toThrow()
    expect(log.rows()).toEqual(before)
    expect(before).toHaveLength(3)
  })
})

test('the triggers alone refuse what the authorizer would have stopped first', () => {
  const { database, rows } = given()
  database.setAuthorizer(null)
  const before = rows()
  for (const name of Object.keys(attacks).filter((each) => /^(UP|DEL|INS|up)/.test(each))) {
    const sql = attacks[name as keyof typeof attacks]
    expect(() => database.exec(sql), name).toThrow(/append-only|never changes/)
  }
  database.exec('PRAGMA recursive_triggers = OFF')
  expect(() => database.exec(attacks['INSERT OR REPLACE'])).toThrow(/append-only/)
  expect(rows()).toEqual(before)
})

test('an event recorded before the last one is refused, and its neighbours are not', () => {
  const { append, rows } = given()
  const answer = append(
    ['groups', null, [sentEvent()]],
    ['groups', null, [sentEvent(recordedAt)]],
    ['groups', null, [sentEvent(), sentEvent(recordedAt - 1)]],
    ['groups', null, [sentEvent()]],
  )
  expect(answer).toMatchObject({ ok: true, refusals: [{ 0: 1 }, { 0: 2 }] })
  expect(rows().map(({ position }) => position)).toEqual([1, 2, 3, 4, 5])
})

test('the stamps of another writer may be older: they increase in a writer', () => {
  const { append, open } = given()
  const second = open()
  const theirs: AppendRequest = ['theirs', null, [sentEvent(1_000)]]
  const answer = runGroup(second.database, second.writes, [theirs])
  expect(answer).toMatchObject({ ok: true, replies: [[[4, 0, false]]] })
  expect(append(['ours', null, [sentEvent(2_000)]])).toMatchObject({ ok: true, refusals: [] })
})

test('a file at rest has an empty write-ahead log, and goes on as before', () => {
  const { database, append, rows } = given()
  emptyWriteAheadLog(database)
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()
  expect(checkpoint).toEqual({ busy: 0, log: 0, checkpointed: 0 })
  expect(append(['groups', null, [sentEvent()]])).toMatchObject({ ok: true })
  expect(rows()).toHaveLength(4)
})
