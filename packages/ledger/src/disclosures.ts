import { createHash } from 'node:crypto'
import type { EventId, Evidence } from '@ledger/domain'
import { disclosureStream, schemaVersion } from '@ledger/domain'
import type { EventStore } from './event-store.ts'
import type { RecordingClock } from './recording-clock.ts'
import { uuidV7 } from './uuid.ts'

/** How many texts' ids are remembered as stored, so that each is looked up once. */
const rememberedMax = 10_000

/**
 * Keeps the text that a person was shown once, under the SHA-256 of its bytes, and gives back the
 * evidence with the id in its place. A text says nothing of a person, so it stands in clear.
 */
export function disclosureKeeper(store: EventStore, clock: RecordingClock) {
  const stored = new Set<string>()
  return async (evidence: Evidence): Promise<Evidence> => {
    const { disclosure: text, ...rest } = evidence
    // A blank is no text: given an id it would look like one that was shown.
    if (typeof text !== 'string' || text.trim() === '') return evidence
    const disclosureId = createHash('sha256').update(text, 'utf8').digest('hex')
    if (!stored.has(disclosureId)) {
      await storeText(store, clock, disclosureId, text)
      if (stored.size >= rememberedMax) stored.clear()
      stored.add(disclosureId)
    }
    return { ...rest, disclosureId }
  }
}

async function storeText(store: EventStore, clock: RecordingClock, id: string, text: string) {
  const recordedAt = clock.stamp()
  const event = {
    id: uuidV7(recordedAt / 1_000) as EventId,
    type: 'DisclosureStored',
    schemaVersion,
    recordedAt,
    data: { text },
    sealed: null,
  }
  // Somebody else's identical text is as good as ours: a conflict is no failure.
  await store.append(disclosureStream(id), [event], { expected: 'no-stream' })
}
