import type { DatabaseSync } from 'node:sqlite'
import { arrayStatements } from './array-statements.ts'

/** A table of numbered rows, its column of random keys, and the table that indexes them. */
export type KeyIndexTables = {
  readonly rows: 'claims' | 'subjects'
  readonly key: 'event_id' | 'address_hash'
  readonly index: 'claims_by_event_id' | 'subjects_by_address'
}

export const claimsByEventId: KeyIndexTables = {
  rows: 'claims',
  key: 'event_id',
  index: 'claims_by_event_id',
}

export const subjectsByAddress: KeyIndexTables = {
  rows: 'subjects',
  key: 'address_hash',
  index: 'subjects_by_address',
}

export const rangeCount = 16

/** The range of a key in hex: its first digit. */
export const rangeOf = (key: string): number => Number.parseInt(key.charAt(0), 16)

/** Reads the keys that wait for their index (`key-index.ts`). */
export function recentKeys(database: DatabaseSync, { rows, key, index }: KeyIndexTables) {
  const { prepare, rowsOf } = arrayStatements(database)
  const readSettled = prepare(`SELECT range, number FROM settled WHERE index_table = '${index}'`)
  const readRows = prepare(
    `SELECT number, lower(hex(${key})) FROM ${rows} WHERE number > ? ORDER BY number`,
  )
  return {
    /** By range, up to which number its keys are in the index. */
    settled: (): readonly number[] => {
      const numbers = Array.from({ length: rangeCount }, () => 0)
      for (const [range, number] of rowsOf<readonly [number, number]>(readSettled)) {
        numbers[range] = number
      }
      return numbers
    },
    rowsAfter: (number: number) => rowsOf<readonly [number: number, key: string]>(readRows, number),
  }
}

/** Finds keys for those who only read. */
export type KeyReader = {
  /** The number of a row whose key, in hex, may wait; undefined when it does not. */
  readonly findRecent: (key: string) => number | undefined
  /** Has the next `findRecent` look for new rows, as each turn of the event loop does. */
  readonly refresh: () => void
}

/**
 * The waiting keys as a reader sees them. It forgets none when they are settled, which does no
 * harm, and begins anew when it knows several times more than can wait.
 */
export function keyReader(
  database: DatabaseSync,
  tables: KeyIndexTables,
  knownMax: number,
): KeyReader {
  const recent = recentKeys(database, tables)
  const known = new Map<string, number>()
  let last: number | null = null
  let isStale = true
  const refresh = (): void => {
    isStale = true
  }
  return {
    findRecent: (key) => {
      if (isStale) {
        if (known.size > knownMax) {
          known.clear()
          last = null
        }
        last ??= Math.min(...recent.settled())
        for (const [number, each] of recent.rowsAfter(last)) {
          known.set(each, number)
          last = number
        }
        isStale = false
        setImmediate(refresh).unref()
      }
      return known.get(key)
    },
    refresh,
  }
}
