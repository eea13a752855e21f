import type { Position, SubjectEvent, SubjectId, SubjectRecord } from '@ledger/domain'
import { foldEvents, groupsStream, isSubjectEvent, subjectOfStream, upcast } from '@ledger/domain'
import type { EventReader, RecordedEvent } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import type { Step } from './project.ts'
import { catalogueHolder, projectRelease } from './project.ts'
import { kindOf } from './with-kind.ts'

/** Where a parked event stands. */
export type ParkedPlace = { readonly stream: string; readonly position: Position }

/**
 * What became of a retry.
 * - `applied`: the event is in the read model and holds nobody any more.
 * - `unknown-type`, `unknown-version`, `malformed`: this program cannot read it.
 * - `misplaced`: it can be read, and says nothing about what its stream is about.
 * - `not-applicable`: applying it failed, which is a fault of this program.
 * - `needs-rebuild`: it can be read, but changes groups, whose events count in their order.
 */
export type RetryOutcome =
  | 'applied'
  | 'unknown-type'
  | 'unknown-version'
  | 'malformed'
  | 'misplaced'
  | 'not-applicable'
  | 'needs-rebuild'

/** Applying the event failed as it did before; nothing of the page was written. */
export class RetryFailed extends Error {
  constructor(cause: unknown) {
    super('a parked event could not be applied', { cause })
    this.name = 'RetryFailed'
  }
}

/** What a retry did; `released` tells whether the event held its subject until now. */
export type Retried = { readonly outcome: RetryOutcome; readonly released: boolean }

const kept = (outcome: RetryOutcome): Retried => ({ outcome, released: false })

/**
 * Applies a parked event behind a page that has brought the read model up to now. What an event
 * says does not depend on when it is applied, so its subject is folded anew with it; the feed tells
 * of what changes by that now, behind everything told before.
 * @param reached the last position applied
 * @param load brings rows of subjects and their kin into memory
 * @throws RetryFailed, Outage
 */
export async function retryParked(
  step: Step,
  { stream, position }: ParkedPlace,
  reader: Pick<EventReader, 'readStream'>,
  reached: Position,
  load: (subjects: readonly SubjectId[]) => Promise<void>,
): Promise<Retried> {
  const subject = subjectOfStream(stream)
  const holder = subject ?? catalogueHolder
  await load([holder])
  const isHeld = step.world.rows.get(holder)?.parked.includes(position) === true
  // A rebuild by a program that could read it was here before.
  if (!isHeld) return kept('applied')
  const events = await reader.readStream(stream)
  const stored = events.find((each) => each.position === position)
  const read = stored === undefined ? null : upcast(stored)
  if (read === null) return kept('not-applicable')
  if (!read.ok) return kept(read.reason)
  if (subject === null) {
    if (isSubjectEvent(read.event)) return kept('misplaced')
    if (stream === groupsStream) return kept('needs-rebuild')
    projectRelease(step, holder, position)
    return { outcome: 'applied', released: true }
  }
  if (!isSubjectEvent(read.event)) return kept('misplaced')
  try {
    const record = recordAt(events, reached, kindOf(read.event))
    await load(Object.values(record.links).map(({ other }) => other))
    projectRelease(step, subject, position, record)
  } catch (error) {
    throw error instanceof Outage ? error : new RetryFailed(error)
  }
  return { outcome: 'applied', released: true }
}

/** The record of a stream up to what is applied, of all its events that can be read. */
function recordAt(
  events: readonly RecordedEvent[],
  reached: Position,
  kind: string,
): SubjectRecord {
  const counting = events
    .filter(({ position }) => position <= reached)
    .flatMap((each): readonly SubjectEvent[] => {
      const read = upcast(each)
      return read.ok && isSubjectEvent(read.event) ? [read.event] : []
    })
  return foldEvents(kind, counting)
}
