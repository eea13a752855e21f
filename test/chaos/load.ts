import { definitions } from '../support/groups.ts'
import type { HttpClient } from '../support/http-client.ts'
import type { CloudEvent } from '../support/signals.ts'
import { seeded } from '../support/seeded.ts'
import { acts, phoneOf } from '../support/signals.ts'
import type { Acknowledged } from './check-log.ts'

/** Producers that send signals as fast as they are answered, and remember what they were told. */
export type Load = {
  /** Sends until told to stop, what is open first. */
  readonly send: (client: HttpClient) => { readonly stop: () => Promise<void> }
  /** Sends what is open until all of it is answered. */
  readonly settle: (client: HttpClient) => Promise<void>
  readonly acknowledged: () => readonly Acknowledged[]
  readonly openCount: () => number
  /** Answers that no client should ever get. */
  readonly wrong: () => readonly string[]
}

export type LoadOptions = {
  /** How many people there are; the more, the shorter the story of each. */
  readonly people?: number
  /** How long each producer rests between two batches. */
  readonly restMs?: number
}

const producers = 4

function inventSignal(below: (limit: number) => number, people: number): CloudEvent {
  const address = phoneOf(below(people))
  const groups = Object.keys(definitions)
  const group = groups[below(groups.length)] ?? 'offers'
  const both = below(3) === 0 ? { externalId: `customer of ${address.value}` } : {}
  const kinds = [acts.webOptIn, acts.apiOptIn, acts.optOut, acts.request]
  const make = kinds[below(kinds.length)] ?? acts.optOut
  return below(5) === 0 ? acts.stop(address, both) : make(address, group, both)
}

export function createLoad(seed: number, { people = 40, restMs = 0 }: LoadOptions = {}): Load {
  const random = seeded(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const acknowledged: Acknowledged[] = []
  const wrong: string[] = []
  let open: CloudEvent[] = []
  let lastSent: readonly CloudEvent[] = []

  const invent = (): CloudEvent => inventSignal(below, people)

  const sendOnce = async (client: HttpClient, batch: readonly CloudEvent[]): Promise<void> => {
    try {
      const answers = await client.post(batch)
      for (const { id, outcome, eventId, position } of answers) {
        if (outcome === 'recorded' || outcome === 'duplicate' || outcome === 'quarantined') {
          acknowledged.push({ id, eventId, position })
        } else wrong.push(`${id}: ${outcome}`)
      }
    } catch (error) {
      // The connection was cut, or the ledger was stopping: nobody knows, so it is sent again.
      open.push(...batch)
      const message = error instanceof Error ? error.message : ''
      if (/answered (?!503)/.test(message)) wrong.push(message)
    }
  }

  const nextBatch = (): readonly CloudEvent[] => {
    const again = open.splice(0, 1 + below(5))
    if (again.length > 0) return again
    // Now and then a producer says again what was answered already.
    if (below(10) === 0 && lastSent.length > 0) return lastSent
    lastSent = Array.from({ length: 1 + below(6) }, invent)
    return lastSent
  }

  return {
    send: (client) => {
      let isStopping = false
      const produce = async (): Promise<void> => {
        while (!isStopping) {
          const openBefore = open.length
          await sendOnce(client, nextBatch())
          // Whoever is refused does not hammer at the door.
          const waitMs = open.length > openBefore ? Math.max(20, restMs) : restMs
          if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
        }
      }
      const done = Promise.all(Array.from({ length: producers }, produce))
      return {
        stop: async () => {
          isStopping = true
          await done
        },
      }
    },
    settle: async (client) => {
      for (let turn = 0; open.length > 0 && turn < 50; turn += 1) {
        const batch = open
        open = []
        await sendOnce(client, batch)
      }
    },
    acknowledged: () => acknowledged,
    openCount: () => open.length,
    wrong: () => wrong,
  }
}
