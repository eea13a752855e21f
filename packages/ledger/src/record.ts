import type { EventId, Group, GroupId, Micros, Policy, Problem, Signal } from '@ledger/domain'
import { problemCodes, scopeOfKey } from '@ledger/domain'
import type { AddressBook, ResolvedSubject } from './address-book.ts'
import type { ClaimedSignal } from './append-decision.ts'
import { appendDecision } from './append-decision.ts'
import { contentDigest } from './content-digest.ts'
import type { Desk, Review } from './desk.ts'
import type { EventStore } from './event-store.ts'
import { findRecorded } from './find-recorded.ts'
import type { GroupCatalogue } from './group-catalogue.ts'
import type { Keyring } from './keyring.ts'
import { Outage } from './outage.ts'
import type { RecordOutcome } from './record-outcome.ts'
import type { RecordingClock } from './recording-clock.ts'
import type { ClaimResult, Vault } from './vault.ts'

/** What the write path works with. */
export type RecordDeps = {
  readonly store: EventStore
  readonly vault: Vault
  readonly desk: Desk
  readonly keyring: Keyring
  readonly book: AddressBook
  readonly groups: GroupCatalogue
  readonly clock: RecordingClock
  readonly clockDoubt: () => Micros
  readonly policy: Policy
  readonly keepDisclosure: (evidence: Signal['evidence']) => Promise<Signal['evidence']>
}

/** The subjects of a signal: its own keys first, then the other end of a link. */
export type Parties = {
  readonly primary: ResolvedSubject
  /** The other key that the same signal carried, under which it is recorded too. */
  readonly copies: readonly ResolvedSubject[]
  /** The other end of a `link` or `unlink`. */
  readonly other: ResolvedSubject | undefined
}

const attemptsMax = 10

/**
 * The write path: claim, resolve, seal, append, acknowledge (design section 5). Resolves only when
 * claim and events are durable; a crash in between is finished by the retry. Refusals are values;
 * rejects with an `Outage` when a store is out of reach.
 */
export async function record(deps: RecordDeps, signal: Signal): Promise<RecordOutcome> {
  const eventId = deps.keyring.eventId(signal.source, signal.id)
  const group = groupOf(deps.groups, signal)
  if (group === 'unknown') {
    await refuse(deps, signal, eventId, 'unknown-group')
    return { outcome: 'invalid', problem: problem('unknown-group', 'data.scope.group') }
  }
  return claimAndAppend(deps, signal, eventId, group)
}

const problem = (code: keyof typeof problemCodes, field?: string): Problem => ({
  code,
  detail: problemCodes[code],
  ...(field === undefined ? {} : { field }),
})

const needsGroup: ReadonlySet<Signal['action']> = new Set([
  'opt-in',
  'opt-in-requested',
  'affirmative',
])

/** The group a signal names; `unknown` only where the signal is not one that is never refused. */
function groupOf(groups: GroupCatalogue, signal: Signal): Group | undefined | 'unknown' {
  const scope = scopeOfKey(signal.scope)
  if (!('group' in scope)) return undefined
  const group = groups.get(scope.group as GroupId)
  return group === undefined && needsGroup.has(signal.action) ? 'unknown' : group
}

/** Keeps a refusal; whoever is known already has it in the history. */
async function refuse(
  deps: RecordDeps,
  signal: Signal,
  eventId: EventId,
  code: string,
): Promise<void> {
  const [subject = null] = await deps.book.find(signal.addresses)
  const at = deps.clock.stamp()
  await deps.desk.addAttempt({ at, subject, eventId, outcome: 'invalid', code })
}

async function resolveParties(book: AddressBook, signal: Signal): Promise<Parties> {
  const [first, ...rest] = signal.addresses
  const primary = await book.resolve(first)
  // Nearly every signal names one key: it costs one wait, not three.
  if (rest.length === 0 && signal.other === undefined)
    return { primary, copies: [], other: undefined }
  const copies = await Promise.all(rest.map(book.resolve))
  const isLink = signal.action === 'link' || signal.action === 'unlink'
  const other = isLink && signal.other !== undefined ? await book.resolve(signal.other) : undefined
  return { primary, copies, other }
}

async function claimAndAppend(
  deps: RecordDeps,
  signal: Signal,
  eventId: EventId,
  group: Group | undefined,
): Promise<RecordOutcome> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const parties = await resolveParties(deps.book, signal)
    const digest = contentDigest(parties.primary.dataKey, signal)
    const claim = await claimFor(deps.vault, parties, eventId, digest)
    // Another request created one of these subjects a moment ago: find it and claim again.
    if (claim.outcome === 'raced') continue
    if (claim.outcome === 'taken') {
      return repeated(deps, signal, eventId, group, parties, digest, claim)
    }
    const claimed = { eventId, group, parties, claim: claim.number, isRetry: false }
    return append(deps, signal, claimed)
  }
  throw new Outage('contention')
}

function claimFor(vault: Vault, parties: Parties, eventId: EventId, digest: Buffer) {
  const { primary, copies, other } = parties
  const { subject, proposal } = primary
  if (copies.length === 0 && other === undefined) {
    return vault.claim({ eventId, subject, digest, newSubjects: proposal ? [proposal] : [] })
  }
  const newSubjects = [primary, ...copies, ...(other === undefined ? [] : [other])].flatMap(
    (party) => (party.proposal === undefined ? [] : [party.proposal]),
  )
  return vault.claim({ eventId, subject, digest, newSubjects })
}

async function append(
  deps: RecordDeps,
  signal: Signal,
  claimed: ClaimedSignal,
): Promise<RecordOutcome> {
  const { eventId } = claimed
  const kept =
    'disclosure' in signal.evidence
      ? { ...signal, evidence: await deps.keepDisclosure(signal.evidence) }
      : signal
  const appended = await appendDecision(deps, kept, claimed)
  const { position, wasThere, quarantined, isBlock } = appended
  const { subject } = claimed.parties.primary
  if (needsReview(signal) !== null) await listForReview(deps, signal, subject, eventId)
  if (isBlock) {
    const at = deps.clock.stamp()
    await deps.desk.addReview({ id: eventId, at, kind: 'inferred-opt-out', subject, eventId })
  }
  if (wasThere) {
    await noteRepeat(deps, subject, eventId, 'duplicate')
    return { outcome: 'duplicate', eventId, position }
  }
  if (quarantined !== null) {
    const { reason, missing } = quarantined
    const lacking = problem(reason, missing === undefined ? undefined : 'data.evidence')
    return { outcome: 'quarantined', eventId, position, problem: naming(lacking, missing) }
  }
  const { salvaged } = signal
  if (salvaged === undefined || salvaged.length === 0) {
    return { outcome: 'recorded', eventId, position }
  }
  const unread = naming(problem('read-safely'), salvaged)
  return { outcome: 'recorded', eventId, position, problem: unread }
}

/** A problem that says which fields it is about. */
const naming = (found: Problem, fields: readonly string[] = []): Problem =>
  fields.length === 0 ? found : { ...found, detail: `${found.detail} Which: ${fields.join(', ')}.` }

/** What a person must look at: whoever cannot be reached, and texts that may be opt-outs. */
function needsReview(signal: Signal): Review['kind'] | null {
  if (signal.action === 'intent-suspected') return 'intent-suspected'
  return signal.addresses.every(({ isParsable }) => isParsable) ? null : 'unparsable-address'
}

async function listForReview(
  deps: RecordDeps,
  signal: Signal,
  subject: ResolvedSubject['subject'],
  eventId: EventId,
): Promise<void> {
  const kind = needsReview(signal)
  if (kind === null) return
  await deps.desk.addReview({ id: eventId, at: deps.clock.stamp(), kind, subject, eventId })
}

type Taken = Extract<ClaimResult, { outcome: 'taken' }>

/** The id was claimed before: by the same signal, by another, or about somebody erased since. */
async function repeated(
  deps: RecordDeps,
  signal: Signal,
  eventId: EventId,
  group: Group | undefined,
  parties: Parties,
  digest: Buffer,
  claim: Taken,
): Promise<RecordOutcome> {
  const { subject } = claim
  const recorded = await findRecorded(deps, subject, eventId)
  const [holder] = await deps.vault.findBySubject([subject])
  if (!holder || holder.envelope === null) {
    await noteRepeat(deps, subject, eventId, 'duplicate')
    const where = recorded === null ? {} : { position: recorded.position }
    return { outcome: 'duplicate', eventId, erased: true, ...where }
  }
  const ownDigest =
    subject === parties.primary.subject
      ? digest
      : contentDigest(deps.keyring.unwrap(holder.envelope, subject).dataKey, signal)
  if (!ownDigest.equals(claim.digest)) {
    await noteRepeat(deps, subject, eventId, 'conflict')
    return conflict(deps, signal, eventId, group, digest)
  }
  if (recorded?.isWhole !== true) return finish(deps, signal, eventId, group, claim)
  // Again, because the crash may have come between the event and its review.
  if (needsReview(signal) !== null) await listForReview(deps, signal, subject, eventId)
  await noteRepeat(deps, subject, eventId, 'duplicate')
  return { outcome: 'duplicate', eventId, position: recorded.position }
}

/**
 * Claimed, but not all that it stands for was appended: a crash or a failure in between, which this
 * retry now finishes, or the same signal on its way in another request. The claim made its
 * subjects, so whoever was new to us is found.
 */
async function finish(
  deps: RecordDeps,
  signal: Signal,
  eventId: EventId,
  group: Group | undefined,
  claim: Taken,
): Promise<RecordOutcome> {
  const parties = await resolveParties(deps.book, signal)
  if (parties.primary.subject !== claim.subject) {
    throw new Error('expected the subject of the claim at its address, found another')
  }
  return append(deps, signal, { eventId, group, parties, claim: claim.number, isRetry: true })
}

/** An opt-out that reuses an id is recorded all the same, under an id made of both contents. */
async function conflict(
  deps: RecordDeps,
  signal: Signal,
  eventId: EventId,
  group: Group | undefined,
  digest: Buffer,
): Promise<RecordOutcome> {
  const detail = problem('id-conflict', 'id')
  if (signal.action !== 'opt-out') return { outcome: 'conflict', eventId, problem: detail }
  const ownId = deps.keyring.derivedId(eventId, `conflict:${digest.toString('hex')}`)
  const recorded = await claimAndAppend(deps, signal, ownId, group)
  return { ...recorded, outcome: 'conflict', problem: detail }
}

async function noteRepeat(
  deps: RecordDeps,
  subject: ResolvedSubject['subject'],
  eventId: EventId,
  outcome: 'duplicate' | 'conflict',
): Promise<void> {
  const code = outcome === 'conflict' ? 'id-conflict' : null
  await deps.desk.addAttempt({ at: deps.clock.stamp(), subject, eventId, outcome, code })
}
