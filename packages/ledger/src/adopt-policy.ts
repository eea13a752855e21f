import type { EventId, Policy } from '@ledger/domain'
import { policiesStream, schemaVersion, upcast } from '@ledger/domain'
import { canonicalJson } from './content-digest.ts'
import type { EventStore } from './event-store.ts'
import type { RecordingClock } from './recording-clock.ts'
import { uuidV7 } from './uuid.ts'

/**
 * Records the policy in force when it is not the one last recorded, so that the log alone says by
 * which figures each signal was classified.
 * @throws Error when the version was adopted before with other figures
 */
export async function adoptPolicy(
  store: EventStore,
  clock: RecordingClock,
  policy: Policy,
): Promise<void> {
  for (;;) {
    const events = await store.readStream(policiesStream)
    const adopted = events.flatMap((stored) => {
      const read = upcast(stored)
      return read.ok && read.event.type === 'PolicyAdopted' ? [read.event.data.policy] : []
    })
    const text = canonicalJson(policy)
    const same = adopted.find((each) => each.version === policy.version)
    if (same !== undefined && canonicalJson(same) !== text) {
      throw new Error(`policy ${policy.version} was adopted before with other figures`)
    }
    const current = adopted.at(-1)
    if (current !== undefined && current.version === policy.version) return
    const recordedAt = clock.stamp()
    const event = {
      id: uuidV7(recordedAt / 1_000) as EventId,
      type: 'PolicyAdopted',
      schemaVersion,
      recordedAt,
      data: { policy },
      sealed: null,
    }
    const expected = events.at(-1)?.revision ?? -1
    if ((await store.append(policiesStream, [event], { expected })).ok) return
  }
}
