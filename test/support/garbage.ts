import { randomUUID } from 'node:crypto'
import type { EventId, Position } from '@ledger/domain'
import type { TestLedger } from './open-test-ledger.ts'

/** Events that nobody can read, by what is wrong with them. */
export const garbage = {
  'unknown-type': { type: 'SomethingElse', schemaVersion: 1 },
  'unknown-version': { type: 'OptedOut', schemaVersion: 99 },
  malformed: { type: 'OptedOut', schemaVersion: 1 },
} as const
export type Garbage = keyof typeof garbage

/** Appends an event that nobody can read, past the write path. */
export async function appendGarbage(
  { ledger, store }: Pick<TestLedger, 'ledger' | 'store'>,
  stream: string,
  kind: Garbage,
): Promise<{ readonly id: EventId; readonly position: Position }> {
  // A stamp of the ledger's own clock, which alone knows what comes next.
  const { at: recordedAt } = await ledger.fence()
  const id = randomUUID() as EventId
  const event = { ...garbage[kind], id, recordedAt, data: { kind: 7 }, sealed: null }
  const appended = await store.append(stream, [event])
  const position = appended.ok ? appended.placed[0]?.position : undefined
  if (position === undefined) throw new Error('the garbage was not appended')
  return { id, position }
}
