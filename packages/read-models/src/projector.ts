import type { Position } from '@ledger/domain'
import type { EventReader, Fence, ParkedEvent, RecordedEvent } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import { applyPage, PoisonEvent } from './apply-page.ts'
import type { Checkpoint, ReadModel, SubjectRow } from './read-model.ts'
import type { World } from './project.ts'
import type { ParkedPlace, RetryOutcome } from './retry-parked.ts'
import { RetryFailed } from './retry-parked.ts'

export type ProjectorOptions = {
  readonly reader: EventReader
  readonly readModel: ReadModel
  /** How far the log goes, proven; `asOf` moves by nothing else. */
  readonly fence: () => Promise<Fence>
  /** Puts an event that cannot be applied where an operator finds it. */
  readonly park: (parked: ParkedEvent) => Promise<void>
  readonly pageSizeMax: number
  /** How many rows stay in memory between pages. */
  readonly cachedRowsMax: number
}

/** What one step did. */
export type StepResult = {
  readonly applied: number
  readonly checkpoint: Checkpoint
  /** True when everything recorded before the step's fence is applied. */
  readonly isCaughtUp: boolean
  /** What became of the parked event that the step was to retry; null while that is to come. */
  readonly retried: RetryOutcome | null
}

export type Projector = {
  /**
   * Applies the next page, or moves `asOf` when there is none. Rejects with an `Outage` only.
   * @param retrying a parked event to be tried again by the step that has caught up
   */
  readonly step: (retrying?: ParkedPlace) => Promise<StepResult>
}

/** How often an event is tried before it is parked. */
const poisonAttemptsMax = 3
const poisonBackoffMs = 50

type Poison = { readonly position: Position; attempts: number; readonly reason: string }

/** What a projector remembers from one step to the next. */
type Memory = {
  /** The rows and groups in memory, as of the checkpoint; null before they are read (again). */
  loaded: { readonly world: World; checkpoint: Checkpoint; nextSub: number } | null
  /** The proof that is being worked towards. */
  awaited: Fence | null
  poison: Poison | null
  /** How many events are still to be applied one by one. */
  isolateLeft: number
}

/**
 * Keeps a read model behind its log. One step at a time:
 *
 * - running: reads a page after the checkpoint, applies it, commits rows and checkpoint together.
 * - isolating: a page threw. Its rows are dropped and its events applied one by one, so that the
 *   poison stands alone; it is tried `poisonAttemptsMax` times, then parked and its subject held.
 * - outrun: another projector moved the checkpoint. What is in memory is dropped and read again.
 */
export function createProjector(options: ProjectorOptions): Projector {
  const memory: Memory = { loaded: null, awaited: null, poison: null, isolateLeft: 0 }
  return {
    step: async (retrying) => {
      try {
        return await stepOnce(options, memory, retrying ?? null)
      } catch (error) {
        forget(memory)
        if (error instanceof PoisonEvent) return isolate(options, memory, error)
        if (error instanceof RetryFailed) {
          return { ...(await nothingDone(options, memory)), retried: 'not-applicable' }
        }
        throw error instanceof Outage ? error : new Outage('unavailable', { cause: error })
      }
    },
  }
}

async function stepOnce(
  options: ProjectorOptions,
  memory: Memory,
  retrying: ParkedPlace | null,
): Promise<StepResult> {
  const { reader, readModel, fence, pageSizeMax, cachedRowsMax } = options
  const loaded = (memory.loaded ??= await load(readModel))
  const { world, checkpoint: from } = loaded
  const awaited = (memory.awaited ??= await fence())
  const pageSize = memory.isolateLeft > 0 ? 1 : pageSizeMax
  const page = await reader.readAllClear(from.position, pageSize)
  const last = page.at(-1)?.position ?? from.position
  const isCaughtUp = awaited.position === null || (last !== null && last >= awaited.position)
  const parking = parkedNow(memory.poison, page)
  if (parking !== null) await options.park(parkedEvent(page[0], parking, awaited.at))
  const applied = await applyPage({
    ...{ reader, readModel, world, page, from, nextSub: loaded.nextSub },
    provenAt: isCaughtUp ? awaited.at : null,
    ...{ parksFirst: parking !== null, retrying },
  })
  if (applied === null) {
    forget(memory)
    return nothingDone(options, memory)
  }
  const { checkpoint, nextSub, retried } = applied
  memory.loaded = { world, checkpoint, nextSub }
  memory.isolateLeft = Math.max(0, memory.isolateLeft - page.length)
  if (isCaughtUp) memory.awaited = null
  trim(world.rows, cachedRowsMax)
  return { applied: page.length, checkpoint, isCaughtUp, retried }
}

/** Reads again what a step has left as it was. */
async function nothingDone({ readModel }: ProjectorOptions, memory: Memory): Promise<StepResult> {
  const { checkpoint } = (memory.loaded = await load(readModel))
  return { applied: 0, checkpoint, isCaughtUp: false, retried: null }
}

function forget(memory: Memory): void {
  memory.loaded = null
  memory.awaited = null
}

async function load(readModel: ReadModel) {
  const { groups, checkpoint } = await readModel.snapshot([])
  const nextSub = await readModel.nextSub(checkpoint.position)
  return { world: { groups: new Map(groups), rows: new Map() }, checkpoint, nextSub }
}

async function isolate(
  options: ProjectorOptions,
  memory: Memory,
  { position, cause }: PoisonEvent,
): Promise<StepResult> {
  // Why it cannot be read is a word; what went wrong in applying it is an error.
  const reason = typeof cause === 'string' ? cause : 'not-applicable'
  if (memory.poison?.position !== position) memory.poison = { position, attempts: 0, reason }
  const attempts = (memory.poison.attempts += 1)
  memory.isolateLeft = Math.max(memory.isolateLeft, options.pageSizeMax)
  await new Promise((resolve) => setTimeout(resolve, poisonBackoffMs * attempts))
  return nothingDone(options, memory)
}

function trim(rows: Map<unknown, SubjectRow>, rowsMax: number): void {
  // The oldest go first: a Map keeps its order of insertion.
  for (const key of rows.keys()) {
    if (rows.size <= rowsMax) return
    rows.delete(key)
  }
}

/** The poison, when it stands alone in the page and was tried often enough. */
function parkedNow(poison: Poison | null, page: readonly RecordedEvent[]): Poison | null {
  const [first] = page
  if (poison === null || first === undefined || page.length !== 1) return null
  const isDone = poison.position === first.position && poison.attempts >= poisonAttemptsMax
  return isDone ? poison : null
}

function parkedEvent(
  event: RecordedEvent | undefined,
  { attempts, reason }: Poison,
  parkedAt: number,
): ParkedEvent {
  if (event === undefined) throw new Error('nothing to park')
  const { position, stream, id: eventId } = event
  return { position, stream, eventId, reason, attempts, parkedAt }
}
