import type { DatabaseSync } from 'node:sqlite'
import type { ReadModel, ReadModelBatch, ReadModelReader } from '@ledger/read-models'
import {
  finishFilling,
  openFilling,
  openReading,
  openWriting,
  prepareDatabase,
} from './database.ts'
import { readModelFile } from './file-kind.ts'
import { readLists } from './read-model-lists.ts'
import { rowWriter } from './read-model-rows.ts'
import { readSubjects } from './read-model-subjects.ts'
import { reading } from './reading.ts'

/** Writes whole batches on the connection of their projector: all of one, or nothing. */
function batchWriter(database: DatabaseSync): (batch: ReadModelBatch) => boolean {
  const reached = database.prepare('SELECT position, as_of FROM progress')
  const progress = database.prepare(
    `UPDATE progress SET position = ?, as_of = ?, parked = ?,
       groups_version = groups_version + ? WHERE only_row = 1`,
  )
  const writeRows = rowWriter(database)
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
        progress.run(position, asOf, parked, batch.groups.length > 0 ? 1 : 0)
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
 * Opens the read model for its projector, creating the file when there is none. Reads and writes
 * run on the calling thread, which is the projector's own.
 * @throws IncompatibleDatabase when the file is of another kind or of a newer version
 */
export async function openSqliteReadModel({ path }: { readonly path: string }): Promise<ReadModel> {
  prepareDatabase(path, readModelFile)
  const database = openWriting(path, readModelFile)
  return { ...readModelOn(database), close: closing(database) }
}

/**
 * Opens a read model for a rebuild: fast, without a journal, and worth nothing before `close` has
 * made it durable; nobody may read it until then.
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
    ...readSubjects(database),
    ...readLists(database),
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
  return { ...readSubjects(database), ...readLists(database), close: closing(database) }
}
