import type {
  LedgerEvent,
  Micros,
  Position,
  SubjectEvent,
  SubjectId,
  SubjectRecord,
} from '@ledger/domain'
import {
  defineGroup,
  foldEvents,
  isSubjectEvent,
  nextExpiry,
  subjectOfStream,
  upcast,
} from '@ledger/domain'
import type { EventReader, RecordedEvent } from '@ledger/ledger'
import { Outage } from '@ledger/ledger'
import { DueQueue } from './due-queue.ts'
import type { Step, World } from './project.ts'
import {
  catalogueHolder,
  projectExpiry,
  projectGroupEvent,
  projectParked,
  projectParkedInCatalogue,
  projectSubjectEvent,
  scopesReaching,
} from './project.ts'
import type { FeedPlace } from './projection-batch.ts'
import { ProjectionBatch } from './projection-batch.ts'
import type { Checkpoint, ReadModel } from './read-model.ts'
import type { ParkedPlace, Retried, RetryOutcome } from './retry-parked.ts'
import { retryParked } from './retry-parked.ts'
import { kindOf, withKind } from './with-kind.ts'

/** An event that could not be read or applied; says which, and nothing of what is in it. */
export class PoisonEvent extends Error {
  readonly position: Position

  constructor(position: Position, cause: unknown) {
    super(`the event at ${position} cannot be applied`, { cause })
    this.name = 'PoisonEvent'
    this.position = position
  }
}

export type PageToApply = {
  readonly reader: EventReader
  readonly readModel: ReadModel
  readonly world: World
  readonly page: readonly RecordedEvent[]
  readonly from: Checkpoint
  /** The first free sub-index at the checkpoint's position. */
  readonly nextSub: number
  /**
   * The instant proven to be covered once the page is applied, to which `asOf` moves and up to
   * which expiries take effect behind the page; null while earlier events are still to come.
   */
  readonly provenAt: Micros | null
  /** The page's one event is parked instead of applied. */
  readonly parksFirst: boolean
  /** A parked event to be tried again behind the page, once `provenAt` says that it is the last. */
  readonly retrying: ParkedPlace | null
}

export type AppliedPage = {
  readonly checkpoint: Checkpoint
  readonly nextSub: number
  /** What became of the retry; null when none was made. */
  readonly retried: RetryOutcome | null
}

/**
 * Applies a page of events, and the expiries between and behind them in the order of time, in one
 * transaction. Gives null when another projector was faster: nothing was written then.
 * @throws PoisonEvent naming the first event that cannot be applied; nothing was written
 */
export async function applyPage(todo: PageToApply): Promise<AppliedPage | null> {
  const { readModel, world, page, from } = todo
  const items = page.map((stored) => readItem(stored, todo.parksFirst))
  await loadRows(readModel, world, subjectsOf(items))

  const horizon = Math.max(todo.provenAt ?? 0, page.at(-1)?.recordedAt ?? 0)
  const dues = await loadDues(readModel, world, horizon)
  const batch = new ProjectionBatch()
  let place: FeedPlace | null =
    from.position === null ? null : { position: from.position, nextSub: todo.nextSub }
  for (const item of items) {
    const { position, recordedAt } = item.stored
    if (place !== null) fireDues({ world, batch, place, at: 0 }, dues, recordedAt)
    place = { position, nextSub: 0 }
    try {
      const work = applyItem(todo, { world, batch, place, at: recordedAt }, item)
      // Few events must read more than their page: a correction, a new group.
      if (work !== undefined) await work
    } catch (error) {
      throw error instanceof Outage ? error : new PoisonEvent(position, error)
    }
    addDue(dues, world, item, horizon)
  }
  if (place !== null) fireDues({ world, batch, place, at: 0 }, dues, horizon)
  const retried = await retry(todo, place && { world, batch, place, at: horizon })

  const checkpoint: Checkpoint = {
    position: page.at(-1)?.position ?? from.position,
    asOf: Math.max(from.asOf, todo.provenAt ?? 0),
    parked: from.parked + (todo.parksFirst ? 1 : 0) - (retried?.released === true ? 1 : 0),
  }
  const isApplied = await readModel.apply(batch.toApply(from, checkpoint, horizon, world.rows))
  if (!isApplied) return null
  return { checkpoint, nextSub: place?.nextSub ?? 0, retried: retried?.outcome ?? null }
}

async function retry(todo: PageToApply, step: Step | null): Promise<Retried | null> {
  const { reader, readModel, world, retrying, provenAt } = todo
  if (retrying === null || provenAt === null) return null
  // Of an empty log, put in the place of another one, nothing can be held.
  if (step === null) return { outcome: 'applied', released: false }
  const load = (subjects: readonly SubjectId[]) => loadRows(readModel, world, subjects)
  return retryParked(step, retrying, reader, step.place.position, load)
}

/** One event of a page, read; `event` is null for the one that is being parked. */
type Item = {
  readonly stored: RecordedEvent
  readonly subject: SubjectId | null
  readonly event: LedgerEvent | null
}

function readItem(stored: RecordedEvent, parks: boolean): Item {
  const subject = subjectOfStream(stored.stream)
  if (parks) return { stored, subject, event: null }
  const read = upcast(stored)
  if (!read.ok) throw new PoisonEvent(stored.position, read.reason)
  return { stored, subject, event: read.event }
}

function subjectsOf(items: readonly Item[]): ReadonlySet<SubjectId> {
  const subjects = new Set<SubjectId>()
  for (const { subject, event } of items) {
    if (subject !== null || event === null) subjects.add(subject ?? catalogueHolder)
    if (event !== null && 'other' in event.data) subjects.add(event.data.other)
  }
  return subjects
}

/** Brings into memory the rows of these subjects and of all their kin. */
async function loadRows(readModel: ReadModel, world: World, subjects: Iterable<SubjectId>) {
  const missing = [...subjects].filter((subject) => !world.rows.has(subject))
  // Kin of a row in memory may have been trimmed away.
  for (const subject of subjects) {
    const links = world.rows.get(subject)?.record.links
    if (links !== undefined && Object.keys(links).length > 0) missing.push(subject)
  }
  if (missing.length === 0) return
  const { rows } = await readModel.snapshot(missing)
  for (const [subject, row] of rows) if (!world.rows.has(subject)) world.rows.set(subject, row)
}

async function loadDues(readModel: ReadModel, world: World, horizon: Micros): Promise<DueQueue> {
  const queue = new DueQueue()
  const dues = await readModel.due(horizon)
  await loadRows(
    readModel,
    world,
    dues.map(({ subject }) => subject),
  )
  for (const due of dues) queue.add(due)
  return queue
}

/** Queues the next expiry that an event gave its subject, when it falls into this page. */
function addDue(dues: DueQueue, world: World, { subject, event }: Item, horizon: Micros): void {
  if (subject === null || event === null) return
  // Only an event that says until when can bring an expiry nearer; a correction may.
  if (!('until' in event.data) && event.type !== 'Corrected') return
  const registers = world.rows.get(subject)?.record.registers
  const dueAt = registers === undefined ? null : nextExpiry(registers, event.recordedAt)
  if (dueAt !== null && dueAt <= horizon) dues.add({ subject, dueAt })
}

function fireDues(step: Step, dues: DueQueue, until: Micros): void {
  for (let due = dues.take(until); due !== null; due = dues.take(until)) {
    const { subjects, dueAt } = due
    projectExpiry({ ...step, at: dueAt }, subjects)
    for (const subject of subjects) {
      const registers = step.world.rows.get(subject)?.record.registers ?? {}
      const next = nextExpiry(registers, dueAt)
      if (next !== null && next <= until) dues.add({ subject, dueAt: next })
    }
  }
}

/** Applies one event; a promise when it must read more first. */
function applyItem(todo: PageToApply, step: Step, item: Item): Promise<void> | undefined {
  const { stored, subject, event } = item
  if (event === null) {
    if (subject === null) projectParkedInCatalogue(step, stored.position)
    else projectParked(step, subject, stored.position)
    return undefined
  }
  if (!isSubjectEvent(event)) {
    if (subject !== null) throw new Error('an event of the catalogue in a subject stream')
    return applyCatalogueEvent(todo, step, event)
  }
  if (subject === null) throw new Error('a subject event outside of a subject stream')
  if (event.type === 'Corrected') return applyCorrection(todo, step, subject, stored, event)
  projectSubjectEvent(step, subject, event)
  return undefined
}

async function applyCatalogueEvent(todo: PageToApply, step: Step, event: LedgerEvent) {
  projectGroupEvent(step, event, await waitingFor(todo.readModel, step, event))
}

async function applyCorrection(
  todo: PageToApply,
  step: Step,
  subject: SubjectId,
  stored: RecordedEvent,
  event: SubjectEvent,
): Promise<void> {
  const refolded = await refold(todo.reader, step.world, subject, stored, event)
  projectSubjectEvent(step, subject, event, refolded)
}

/** The record of a whole stream up to an event that voids others. */
async function refold(
  reader: EventReader,
  world: World,
  subject: SubjectId,
  stored: RecordedEvent,
  event: SubjectEvent,
): Promise<SubjectRecord> {
  const events = (await reader.readStream(stored.stream))
    .filter(({ position }) => position <= stored.position)
    .flatMap((each) => {
      const read = upcast(each)
      return read.ok && isSubjectEvent(read.event) ? [read.event] : []
    })
  return foldEvents(withKind(world.rows.get(subject)?.record, kindOf(event)).kind, events)
}

async function waitingFor(readModel: ReadModel, step: Step, event: LedgerEvent) {
  if (event.type !== 'GroupDefined' || step.world.groups.has(event.data.group)) return []
  const group = defineGroup(event.data.group, event.data.definition)
  const scopes = scopesReaching(group)
  const subjects = new Set(await readModel.subjectsInScopes(scopes))
  // Rows of this very page are not in the read model yet.
  for (const [subject, { record, parked }] of step.world.rows) {
    if (parked.length > 0 || scopes.some((scope) => scope in record.registers)) {
      subjects.add(subject)
    }
  }
  await loadRows(readModel, step.world, subjects)
  return [...subjects].sort()
}
