/*
 * A process that appends until it is killed, or as often as it is told, and prints what was
 * acknowledged. Started by the tests beside it: `node appending-child.ts <folder> <lanes> <count>`.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteEventStore, openSqliteVault } from '@ledger/adapter-sqlite'
import { Outage, recordingClock } from '@ledger/ledger'
import { newEvent, newStream } from './new-event.ts'
import { newClaim, newPerson } from './new-person.ts'

/** What the child says of each step, one JSON text a line. */
export type Said =
  | {
      readonly said: 'appended'
      readonly stream: string
      readonly ids: readonly string[]
      readonly positions: readonly string[]
    }
  | { readonly said: 'claimed'; readonly eventId: string; readonly number: number }
  | { readonly said: 'outage'; readonly code: string }

const [folder = '', lanes = '1', count = '1'] = process.argv.slice(2)

// Written at once and in one piece: what was printed was acknowledged before.
const say = (said: Said): void => void writeSync(1, `${JSON.stringify(said)}\n`)

const store = await openSqliteEventStore({ path: join(folder, 'log.db') })
const vault = await openSqliteVault({ path: join(folder, 'vault.db') })
const [last] = await store.readBackwards(null, 1)
const clock = recordingClock(() => Date.now() * 1_000, last?.recordedAt ?? 0)
const streams = Array.from({ length: 5 }, newStream)

async function step(number: number): Promise<void> {
  const person = newPerson()
  const claim = newClaim(person, { newSubjects: [person] })
  const claimed = await vault.claim(claim)
  if (claimed.outcome === 'claimed') {
    say({ said: 'claimed', eventId: claim.eventId, number: claimed.number })
  }
  const stream = number % 2 === 0 ? newStream() : (streams[number % 5] ?? '')
  const events = Array.from({ length: 1 + (number % 3) }, () =>
    newEvent({ recordedAt: clock.stamp() }),
  )
  const appended = await store.append(stream, events)
  if (!appended.ok) throw new Error('an append that expects nothing was refused')
  const positions = appended.placed.map(({ position }) => position)
  say({ said: 'appended', stream, ids: events.map(({ id }) => id), positions })
}

let begun = 0
async function lane(): Promise<void> {
  while (begun < Number(count)) {
    begun += 1
    try {
      await step(begun)
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      say({ said: 'outage', code: error.code })
    }
  }
}

await Promise.all(Array.from({ length: Number(lanes) }, lane))
await store.close()
await vault.close()
