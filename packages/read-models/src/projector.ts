import type { Position } from '@ledger/domain'
import type { EventReader, Fence, ParkedEvent, RecordedEvent } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import { applyPage, PoisonEvent } from './apply-page.ts'
import type { Checkpoint, ReadModel, SubjectRow } from './read-model.ts'
import type { World } from './project.ts'

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
}

export type Projector = {
  /** Applies the next page, or moves `asOf` when there is none. Rejects with an `Outage` only. */
  readonly step: () => Promise<StepResult>
}

/** How often an event is tried before it is parked. */
const poisonAttemptsMax = 3
const poisonBackoffMs = 50

type Poison = { readonly position: Position; attempts: number }

/**
 * Keeps a read model behind its log. One step at a time:
 *
 * - running: reads a page after the checkpoint, applies it, commits rows and checkpoint together.
 * - isolating: a page threw. Its rows are dropped and its events applied one by one, so that the
 *   poison stands alone; it is tried `poisonAttemptsMax` times, then parked and its subject held.
 * - outrun: another projector moved the checkpoint. What is in memory is dropped and read again.
 */
export function createProjector(options: ProjectorOptions): Projector {
  const { reader, readModel, fence, pageSizeMax, cachedRowsMax } = options
  let world: World | null = null
  let checkpoint: Checkpoint | null = null
  let nextSub = 0
  let awaited: Fence | null = null
  let poison: Poison | null = null
  let isolateLeft = 0

  const forget = (): void => {
    world = null
    checkpoint = null
    awaited = null
  }

  const load = async (): Promise<Checkpoint> => {
    const snapshot = await readModel.snapshot([])
    world = { groups: new Map(snapshot.groups), rows: new Map() }
    checkpoint = snapshot.checkpoint
    nextSub = await readModel.nextSub(checkpoint.position)
    return checkpoint
  }

  const trim = (rows: Map<unknown, SubjectRow>): void => {
    // The oldest go first: a Map keeps its order of insertion.
    for (const key of rows.keys()) {
      if (rows.size <= cachedRowsMax) return
      rows.delete(key)
    }
  }

  const step = async (): Promise<StepResult> => {
    const from = checkpoint ?? (await load())
    awaited ??= await fence()
    const pageSize = isolateLeft > 0 ? 1 : pageSizeMax
    const page = await reader.readAllClear(from.position, pageSize)
    const last = page.at(-1)?.position ?? from.position
    const isCaughtUp = awaited.position === null || (last !== null && last >= awaited.position)
    const parking = isParkedNow(poison, page)
    if (parking) await options.park(parkedEvent(page[0], poison?.attempts ?? 0, awaited.at))
    if (world === null) throw new Error('a projector without its world')
    const applied = await applyPage({
      reader,
      readModel,
      world,
      page,
      from,
      nextSub,
      provenAt: isCaughtUp ? awaited.at : null,
      parksFirst: parking,
    })
    if (applied === null) {
      forget()
      return { applied: 0, checkpoint: await load(), isCaughtUp: false }
    }
    checkpoint = applied.checkpoint
    nextSub = applied.nextSub
    isolateLeft = Math.max(0, isolateLeft - page.length)
    if (isCaughtUp) awaited = null
    trim(world.rows)
    return { applied: page.length, checkpoint, isCaughtUp }
  }

  const recover = async (error: PoisonEvent): Promise<StepResult> => {
    forget()
    if (poison?.position !== error.position) poison = { position: error.position, attempts: 0 }
    poison.attempts += 1
    isolateLeft = Math.max(isolateLeft, pageSizeMax)
    const backoffMs = poisonBackoffMs * poison.attempts
    await new Promise((resolve) => setTimeout(resolve, backoffMs))
    return { applied: 0, checkpoint: await load(), isCaughtUp: false }
  }

  return {
    step: async () => {
      try {
        return await step()
      } catch (error) {
        if (error instanceof PoisonEvent) return recover(error)
        forget()
        throw error instanceof Outage ? error : new Outage('unavailable', { cause: error })
      }
    },
  }
}

function isParkedNow(poison: Poison | null, page: readonly RecordedEvent[]): boolean {
  const [first] = page
  if (poison === null || first === undefined || page.length !== 1) return false
  return poison.position === first.position && poison.attempts >= poisonAttemptsMax
}

function parkedEvent(
  event: RecordedEvent | undefined,
  attempts: number,
  parkedAt: number,
): ParkedEvent {
  if (event === undefined) throw new Error('nothing to park')
  const { position, stream, id: eventId } = event
  return { position, stream, eventId, reason: 'not-applicable', attempts, parkedAt }
}
