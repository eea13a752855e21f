import { randomUUID } from 'node:crypto'
import type { EventId, Position, SubjectId } from '@ledger/domain'
import { schemaVersion, subjectStream } from '@ledger/domain'
import type { EventReader, RecordedEvent } from '@ledger/ledger'
import type { TestLedger } from './open-test-ledger.ts'

/** The version in which a newer program writes, which only it can read. */
const newerVersion = 99

/** Writes an event into a stream as a newer program would, past the write path. */
export async function appendAsNewer(
  { ledger, store }: Pick<TestLedger, 'ledger' | 'store'>,
  stream: string,
  type: string,
  data: (recordedAt: number) => object,
): Promise<{ readonly id: EventId; readonly position: Position }> {
  const { at: recordedAt } = await ledger.fence()
  const id = randomUUID() as EventId
  const event = { id, type, schemaVersion: newerVersion, recordedAt, sealed: null }
  const appended = await store.append(stream, [{ ...event, data: data(recordedAt) }])
  const position = appended.ok ? appended.placed[0]?.position : undefined
  if (position === undefined) throw new Error('the event was not appended')
  return { id, position }
}

/** The data of an opt-out of one group by the person. */
export const optedOut = (group: string) => (recordedAt: number) => ({
  ...{ kind: 'phone', policyVersion: 'newer', actor: 'person', method: 'sms-keyword' },
  ...{ clock: 'provider', scope: `group:${group}`, authority: 'person', ruleId: 'P16' },
  ...{ effectiveAt: recordedAt, bound: recordedAt },
})

/** The data of an owner link, as one end of it says it. */
export const linkedWith =
  (other: SubjectId, kind: string, otherKind: string) => (recordedAt: number) => ({
    ...{ kind, policyVersion: 'newer', actor: 'system', method: 'api', clock: 'server' },
    ...{ other, otherKind, relation: 'same-person', ruleId: 'P14' },
    ...{ effectiveAt: recordedAt, bound: recordedAt },
  })

/** The data of a correction that takes events out. */
export const corrected = (voids: readonly string[]) => (recordedAt: number) => ({
  ...{ kind: 'phone', policyVersion: 'newer', actor: 'staff', method: 'console' },
  ...{ clock: 'server', voids, ruleId: 'P26', effectiveAt: recordedAt, bound: recordedAt },
})

/** The log as read by a program that is brought up to the newer version when it is told so. */
export function upgradable<Reader extends EventReader>(reader: Reader) {
  let isUpgraded = false
  const asRead = (event: RecordedEvent): RecordedEvent =>
    isUpgraded && event.schemaVersion === newerVersion ? { ...event, schemaVersion } : event
  const all = async (events: Promise<readonly RecordedEvent[]>) => (await events).map(asRead)
  return {
    upgrade: (): void => {
      isUpgraded = true
    },
    reader: {
      ...reader,
      readStream: (stream: string) => all(reader.readStream(stream)),
      readAll: (after: Position | null, limit: number) => all(reader.readAll(after, limit)),
      readAllClear: (after: Position | null, limit: number) =>
        all(reader.readAllClear(after, limit)),
    },
  }
}

export const streamOf = async (at: TestLedger, address: Parameters<TestLedger['subjectOf']>[0]) =>
  subjectStream(await at.subjectOf(address))
