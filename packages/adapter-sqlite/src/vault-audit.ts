import type { EventId, SubjectId } from '@ledger/domain'
import { arrayStatements } from './array-statements.ts'
import { openReading } from './database.ts'
import { vaultFile } from './file-kind.ts'
import { reading } from './reading.ts'
import type { KeyIndexTables } from './recent-keys.ts'
import { claimsByEventId, subjectsByAddress } from './recent-keys.ts'
import { uuidOfHex } from './uuid-bytes.ts'

type ClaimColumns = readonly [number: number, eventIdHex: string, subjectHex: string]

const claimRow = ([number, eventId, subject]: ClaimColumns) => ({
  number,
  eventId: uuidOfHex(eventId) as EventId,
  subject: uuidOfHex(subject) as SubjectId,
})

/** Rows whose key should be in the index by now and is not, and keys without their row. */
const misindexedSql = ({ rows, key, index }: KeyIndexTables): string => `
  SELECT rows.number FROM ${rows} AS rows
  JOIN settled ON index_table = '${index}'
    AND range = instr('0123456789ABCDEF', substr(hex(rows.${key}), 1, 1)) - 1
  WHERE rows.number <= settled.number AND NOT EXISTS
    (SELECT 1 FROM ${index} AS keys WHERE keys.key = rows.${key} AND keys.number = rows.number)
  UNION ALL
  SELECT keys.number FROM ${index} AS keys WHERE NOT EXISTS
    (SELECT 1 FROM ${rows} AS rows WHERE rows.number = keys.number AND rows.${key} = keys.key)`

/**
 * Opens the claims of a vault for whoever judges it.
 * @throws IncompatibleDatabase when the file is no vault of this version
 */
export function openSqliteVaultAudit({ path }: { readonly path: string }) {
  const database = openReading(path, vaultFile)
  const { prepare, rowsOf } = arrayStatements(database)
  const columns = 'number, lower(hex(event_id)), lower(hex(subject))'
  const after = prepare(`SELECT ${columns} FROM claims WHERE number > ? ORDER BY number LIMIT ?`)
  const numbered = prepare(`SELECT ${columns} FROM claims WHERE number = ?`)
  const misindexed = [
    { what: 'claim', rows: prepare(misindexedSql(claimsByEventId)) },
    { what: 'subject', rows: prepare(misindexedSql(subjectsByAddress)) },
  ]
  return {
    claimsAfter: (number: number, limit: number) =>
      reading(() => rowsOf<ClaimColumns>(after, number, limit).map(claimRow)),
    claimsNumbered: (numbers: readonly number[]) =>
      reading(() =>
        numbers.flatMap((number) => rowsOf<ClaimColumns>(numbered, number).map(claimRow)),
      ),
    /** The rows that are not found by their key, such as `claim 7`. */
    *misindexed(): Generator<string> {
      for (const { what, rows } of misindexed) {
        for (const [number] of rows.iterate() as Iterable<readonly [number]>) {
          yield `${what} ${number}`
        }
      }
    },
    close: () => database.close(),
  }
}
