/** A process that opens the four files of a ledger in a folder, making what is missing. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  openSqliteDesk,
  openSqliteEventStore,
  openSqliteReadModel,
  openSqliteVault,
} from '@ledger/adapter-sqlite'

const [folder = ''] = process.argv.slice(2)
const openers = {
  log: openSqliteEventStore,
  vault: openSqliteVault,
  desk: openSqliteDesk,
  'read-model': openSqliteReadModel,
}
const versions: unknown[] = []
for (const [name, open] of Object.entries(openers)) {
  const path = join(folder, `${name}.db`)
  await (await open({ path })).close()
  const database = new DatabaseSync(path)
  versions.push(database.prepare('PRAGMA user_version').get()?.['user_version'])
  database.close()
}
process.stdout.write(`open, versions ${versions.join(' ')}\n`)
