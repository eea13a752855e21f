import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'

/** Statements whose rows come as arrays: a third faster to make than objects. */
export function arrayStatements(database: DatabaseSync) {
  return {
    prepare: (sql: string): StatementSync => {
      const statement = database.prepare(sql)
      statement.setReturnArrays(true)
      return statement
    },
    rowsOf: <Row>(statement: StatementSync, ...values: SQLInputValue[]): readonly Row[] =>
      statement.all(...values) as unknown as readonly Row[],
  }
}
