import type { DatabaseSync } from 'node:sqlite'
import type { Group, GroupId, Position, SubjectId } from '@ledger/domain'
import { decodeRecord } from '@ledger/domain'
import { Outage } from '@ledger/ledger'
import type { Checkpoint, ReadModelReader, SubjectRow } from '@ledger/read-models'
import { decodeAnswers } from './answers-codec.ts'
import { arrayStatements } from './array-statements.ts'
import { reading } from './reading.ts'
import { subjectChecksum } from './row-checksums.ts'
import { uuidBytes, uuidOfHex } from './uuid-bytes.ts'

type SubjectColumns = readonly [record: string, answers: string, parked: string, checksum: number]
type ProgressColumns = readonly [
  position: string | null,
  asOf: number,
  parked: number,
  groupsVersion: number,
]

/** What answers rest on, read on one connection: rows of subjects, groups and the checkpoint. */
export type SubjectReads = Pick<
  ReadModelReader,
  'checkpoint' | 'snapshot' | 'due' | 'subjectsInScopes'
>

export function readSubjects(database: DatabaseSync): SubjectReads {
  const { prepare, rowsOf } = arrayStatements(database)
  const begin = prepare('BEGIN')
  const commit = prepare('COMMIT')
  const due = prepare(
    `SELECT lower(hex(subject)), due_at FROM subjects WHERE due_at <= ?
     ORDER BY due_at, subject`,
  )
  const inScope = prepare('SELECT lower(hex(subject)) FROM scopes WHERE scope = ?')
  const readRow = rowReader(database)
  const readProgress = progressReader(database)

  return {
    checkpoint: () => reading(() => readProgress().checkpoint),
    snapshot: (subjects) =>
      reading(() => {
        // One read transaction: state and freshness are of the same moment.
        begin.run()
        try {
          return { ...readProgress(), rows: withKin(subjects, readRow) }
        } finally {
          commit.run()
        }
      }),
    due: (until) =>
      reading(() =>
        rowsOf<readonly [string, number]>(due, until).map(([hex, dueAt]) => ({
          subject: uuidOfHex(hex) as SubjectId,
          dueAt,
        })),
      ),
    subjectsInScopes: (scopes) =>
      reading(() => {
        const found = scopes.flatMap((scope) => rowsOf<readonly [string]>(inScope, scope))
        return [...new Set(found.map(([hex]) => uuidOfHex(hex) as SubjectId))]
      }),
  }
}

/**
 * Reads the checkpoint and the groups; the groups only when they have changed since the last time.
 */
function progressReader(database: DatabaseSync) {
  const { prepare, rowsOf } = arrayStatements(database)
  const progress = prepare('SELECT position, as_of, parked, groups_version FROM progress')
  const definitions = prepare('SELECT definition FROM groups ORDER BY id')
  let version = -1
  let groups: ReadonlyMap<GroupId, Group> = new Map()

  return (): { checkpoint: Checkpoint; groups: ReadonlyMap<GroupId, Group> } => {
    const [position, asOf, parked, found] = progress.get() as unknown as ProgressColumns
    if (found !== version) {
      const all = rowsOf<readonly [string]>(definitions).map(([text]) => JSON.parse(text) as Group)
      groups = new Map(all.map((group) => [group.id, group]))
      version = found
    }
    return { checkpoint: { position: position as Position | null, asOf, parked }, groups }
  }
}

const damaged = (): Outage =>
  new Outage('unavailable', { cause: new Error('the read model is damaged: rebuild it') })

function rowReader(database: DatabaseSync) {
  const subject = arrayStatements(database).prepare(
    'SELECT record, answers, parked, checksum FROM subjects WHERE subject = ?',
  )
  return (id: SubjectId): SubjectRow | undefined => {
    const found = subject.get(uuidBytes(id)) as unknown as SubjectColumns | undefined
    if (found === undefined) return undefined
    const [record, answers, parked, checksum] = found
    if (subjectChecksum(id, record, answers, parked) !== checksum) throw damaged()
    return {
      record: decodeRecord(record),
      answers: decodeAnswers(answers),
      parked: parked === '' ? [] : (JSON.parse(parked) as Position[]),
    }
  }
}

/** The rows of these subjects and of all that their links reach. */
function withKin(
  subjects: readonly SubjectId[],
  readRow: (id: SubjectId) => SubjectRow | undefined,
): ReadonlyMap<SubjectId, SubjectRow> {
  const rows = new Map<SubjectId, SubjectRow>()
  const wanted = new Set(subjects)
  for (const id of wanted) {
    const row = readRow(id)
    if (row === undefined) continue
    rows.set(id, row)
    for (const { other } of Object.values(row.record.links)) wanted.add(other)
  }
  return rows
}
