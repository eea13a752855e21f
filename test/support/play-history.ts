import type { GroupDefinition, GroupId, Micros } from '@ledger/domain'
import {
  formatInstant,
  isSubjectEvent,
  subjectOfStream,
  subjectStream,
  upcast,
} from '@ledger/domain'
import type { Fence } from '@ledger/ledger'
import type { Projector } from '@ledger/read-models'
import { appendGarbage } from './garbage.ts'
import { definitionOf } from './groups.ts'
import type { HistoryStep, Who } from './history-steps.ts'
import { historyGroups, historyScopes } from './history-steps.ts'
import type { TestLedger } from './open-test-ledger.ts'
import { openTestLedger } from './open-test-ledger.ts'
import type { TestReadModel } from './open-test-read-model.ts'
import { openTestReadModel, projectorOf } from './open-test-read-model.ts'
import type { CloudEvent } from './signals.ts'
import { acts, email, phoneOf, proof } from './signals.ts'

/** A ledger to which a history happened, and the read model that followed it live. */
export type Played = {
  readonly ledger: TestLedger
  readonly live: TestReadModel
  /** Where the log ended when the history was over: rebuilds stop at the same place and time. */
  readonly fence: Fence
  readonly close: () => Promise<void>
}

const minute: Micros = 60_000_000

const definitions: Readonly<Record<(typeof historyGroups)[number], GroupDefinition>> = {
  offers: definitionOf('offers'),
  sale: definitionOf('sale', { doubleOptIn: true, confirmWithinDays: 1 }),
  news: definitionOf('news', { channel: 'email' }),
  receipts: definitionOf('receipts', { purpose: 'transactional' }),
  zenith: definitionOf('zenith', { brand: 'zenith' }),
  'wa-offers': definitionOf('wa-offers', { channel: 'whatsapp' }),
  constructor: definitionOf('constructor'),
  toString: definitionOf('toString'),
}

const keyOf = ({ person, key }: Who): { readonly kind: string; readonly value: string } => {
  if (key === 'phone') return phoneOf(9_000 + person)
  if (key === 'email') return email(`person-${person}@example.org`)
  if (key === 'chat') return { kind: 'whatsapp-user', value: `chat-${person}` }
  return { kind: 'external-id', value: `customer-${person}` }
}

/** Every key that a history may speak of. */
export const everyKey = [0, 1, 2, 3].flatMap((person) =>
  (['phone', 'email', 'customer', 'chat'] as const).map((key) => keyOf({ person, key })),
)

const groupIdOf = (nth: number) => historyGroups[nth] ?? 'offers'

/**
 * Plays a history, followed live by two projectors that read pages of these sizes, and lets the
 * read model catch up at the end.
 */
export async function playHistory(
  steps: readonly HistoryStep[],
  pageSizes: readonly [number, number],
): Promise<Played> {
  const ledger = await openTestLedger()
  let end: Fence | null = null
  const fence = async (): Promise<Fence> => end ?? ledger.ledger.fence()
  const live = await openTestReadModel(ledger, { fence })
  // Few rows stay in memory, so that some are always read again.
  const start = (pageSizeMax: number): Projector =>
    projectorOf(ledger, live.readModel, { fence, pageSizeMax, cachedRowsMax: 3 })
  const projectors = pageSizes.map(start)
  for (const step of steps) {
    if (step.do === 'project') {
      for (let nth = 0; nth < step.steps; nth += 1) await projectors[step.by]?.step()
    } else if (step.do === 'restart-projector') {
      projectors[step.by] = start(pageSizes[step.by])
    } else {
      await happen(ledger, step)
    }
    ledger.clock.advance(1_000)
  }
  end = await ledger.ledger.fence()
  await live.catchUp()
  const close = async (): Promise<void> => {
    await live.readModel.close()
    await ledger.close()
  }
  return { ledger, live, fence: end, close }
}

type Happening = Exclude<HistoryStep, { readonly do: 'project' | 'restart-projector' }>

async function happen(ledger: TestLedger, step: Happening): Promise<void> {
  if (step.do === 'wait') return ledger.clock.advance(step.minutes * minute)
  if (step.do === 'group') {
    const { groups } = ledger.ledger
    const id = groupIdOf(step.group)
    if (step.change === 'define') await groups.define(id as GroupId, definitions[id])
    else await groups[step.change](id as GroupId)
    return
  }
  if (step.do === 'garbage') return spoil(ledger, step)
  const event =
    step.do === 'correct' ? await correctionOf(ledger, step) : eventOf(ledger.clock.now(), step)
  if (event !== null) await ledger.record(event)
}

type Saying = Exclude<Happening, { readonly do: 'wait' | 'group' | 'garbage' | 'correct' }>

const methods = {
  web: acts.webOptIn,
  api: acts.apiOptIn,
  import: acts.importOptIn,
  start: acts.start,
  paper: acts.paperOptIn,
} as const

function eventOf(now: Micros, step: Saying): CloudEvent | null {
  const who = keyOf(step.who)
  const customer = keyOf({ ...step.who, key: 'customer' })
  const isBoth = 'alsoCustomer' in step && step.alsoCustomer && step.who.key !== 'customer'
  const both = isBoth ? { externalId: customer.value } : {}
  const at = (minutes: number): string => formatInstant(now + minutes * minute)
  switch (step.do) {
    case 'opt-in': {
      const until = step.forMinutes === null ? {} : { validUntil: at(step.forMinutes) }
      const claimedAt = at(-step.agoMinutes)
      return methods[step.by](who, groupIdOf(step.group), { ...both, claimedAt, ...until })
    }
    case 'opt-out': {
      const { actor } = step
      const scope = historyScopes[step.scope]
      return acts.stop(who, { ...both, actor, scope, claimedAt: at(-step.agoMinutes) })
    }
    case 'request': {
      const expiresAt = step.forMinutes === null ? {} : { expiresAt: at(step.forMinutes) }
      return acts.request(who, groupIdOf(step.group), expiresAt)
    }
    case 'yes':
      return acts.yes(who, { scope: 'all' })
    case 'ended':
      return acts.ended(who, { scope: historyScopes[step.scope] })
    case 'suspect':
      return acts.suspected(who, { scope: historyScopes[step.scope] })
    case 'resolve':
      return acts.resolved(who, step.decision, { scope: historyScopes[step.scope] })
    case 'link': {
      const other = keyOf(step.other)
      if (who.value === other.value) return null
      const isOwner = [who, other].filter(({ kind }) => kind === 'external-id').length === 1
      const relation = isOwner ? 'owner' : step.relation
      return acts[step.isCut ? 'unlink' : 'link'](who, { other, relation })
    }
  }
}

/**
 * A correction of the nth of the recorded events that speak of a person, through its own stream.
 */
async function correctionOf(
  ledger: TestLedger,
  step: Extract<Happening, { readonly do: 'correct' }>,
): Promise<CloudEvent | null> {
  const all = await ledger.store.readAll(null, 10_000)
  const said = all.filter((stored) => {
    const read = upcast(stored)
    return read.ok && isSubjectEvent(read.event)
  })
  const voided = said[step.nth % Math.max(1, said.length)]
  const subject = voided === undefined ? null : subjectOfStream(voided.stream)
  if (voided === undefined || subject === null) return null
  const [address] = await ledger.ledger.book.reveal([subject])
  if (!address) return null
  const evidence = step.isProven ? proof : {}
  const scope = { group: groupIdOf(step.group) }
  const by = { actor: 'staff', method: 'console', evidence: {} }
  const replacement =
    step.replacement === null ? {} : { replacement: { action: step.replacement, scope, ...by } }
  return acts.correction(address, [voided.id], { evidence, ...replacement })
}

/** Appends an event that nobody can read to the stream of somebody, made known first if need be. */
async function spoil(
  ledger: TestLedger,
  { who, garbage }: Extract<Happening, { readonly do: 'garbage' }>,
): Promise<void> {
  const address = keyOf(who)
  const [known = null] = await ledger.ledger.book.find([address])
  if (known === null) await ledger.record(acts.ended(address, { scope: { group: 'offers' } }))
  await appendGarbage(ledger, subjectStream(known ?? (await ledger.subjectOf(address))), garbage)
}
