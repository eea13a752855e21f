import type { EventId, Micros, Position, SubjectId } from '@ledger/domain'
import { subjectOfStream, subjectStream, upcast } from '@ledger/domain'
import type { EventReader, RecordedEvent, SubjectEntry, Vault } from '@ledger/ledger'
import { claimMarks } from './claim-marks.ts'
import type { ClaimMarks } from './claim-marks.ts'
import type { Report } from './finding.ts'

/** A claim as the judge reads it. */
export type ClaimRow = {
  readonly number: number
  readonly eventId: EventId
  readonly subject: SubjectId
}

/** What the judge reads of a vault; it never writes. */
export interface VaultToVerify extends Pick<
  Vault,
  'findBySubject' | 'highWaterMark' | 'logPosition'
> {
  /** Up to `limit` claims after a number, in order. */
  claimsAfter(number: number, limit: number): Promise<readonly ClaimRow[]>
  /** The claims with these numbers, as far as there are any, in any order. */
  claimsNumbered(numbers: readonly number[]): Promise<readonly ClaimRow[]>
}

export type LogToVerify = {
  readonly reader: Pick<EventReader, 'readAll' | 'readStream' | 'head'>
  readonly vault: VaultToVerify
  /** True when the sealed part of an event opens with its subject's key; null without the keys. */
  readonly opens: ((event: RecordedEvent, entry: SubjectEntry) => boolean) | null
  /** How many positions a log has up to one; null where positions are not dense. */
  readonly ordinalOf: ((position: Position) => number) | null
}

export type LogVerified = { readonly events: number; readonly claims: number }

const pageSize = 2_000

/**
 * Holds a log and its vault to each other: positions and stamps in order, every event readable,
 * its claim its own, its subject known, its seal whole, and every claim with its event. Reads
 * pages; of all that was read it keeps one bit per claim, 1.25 MB for ten millions. What is
 * written meanwhile is left out.
 */
export async function verifyLog(
  log: LogToVerify,
  report: Report,
  onProgress: (events: number) => void = () => {},
): Promise<LogVerified> {
  // The end first: claims are durable before their events, so the vault holds all of these.
  const end = await log.reader.head()
  const marks = claimMarks(await log.vault.highWaterMark())
  const seen = await log.vault.logPosition()
  if (seen !== null && (end === null || end < seen)) {
    report({ area: 'log', where: end ?? 'empty', code: 'log-older-than-vault' })
  }
  let before: Before = { position: null, recordedAt: 0 }
  let events = 0
  for (;;) {
    const read = await log.reader.readAll(before.position, pageSize)
    const page = read.filter(({ position }) => end !== null && position <= end)
    before = verifyOrder(log, page, before, report)
    await verifyClaims(log, page, marks, report)
    await verifySubjects(log, page, report)
    events += page.length
    onProgress(events)
    if (page.length < pageSize) break
  }
  return { events, claims: await verifyUnclaimed(log, marks, report) }
}

type Before = { readonly position: Position | null; readonly recordedAt: Micros }

function verifyOrder(
  { ordinalOf }: LogToVerify,
  page: readonly RecordedEvent[],
  start: Before,
  report: Report,
): Before {
  let before = start
  for (const event of page) {
    const { position, recordedAt } = event
    const found = (code: Parameters<Report>[0]['code']): void =>
      report({ area: 'log', where: position, code })
    const ordinalBefore = before.position === null ? 0 : (ordinalOf?.(before.position) ?? 0)
    if (before.position !== null && position <= before.position) found('position-order')
    else if (ordinalOf !== null && ordinalOf(position) !== ordinalBefore + 1) found('position-gap')
    if (recordedAt <= before.recordedAt) found('stamp-order')
    if (!upcast(event).ok) found('unreadable-event')
    before = { position, recordedAt }
  }
  return before
}

/** The number of the claim that an event names; null for one that follows from another. */
function claimOf({ data }: RecordedEvent): number | null {
  if (typeof data !== 'object' || data === null || !('claim' in data)) return null
  return typeof data.claim === 'number' ? data.claim : null
}

async function verifyClaims(
  { vault }: LogToVerify,
  page: readonly RecordedEvent[],
  marks: ClaimMarks,
  report: Report,
): Promise<void> {
  const numbers = page.flatMap((event) => claimOf(event) ?? [])
  const claims = new Map((await vault.claimsNumbered(numbers)).map((row) => [row.number, row]))
  for (const event of page) {
    const number = claimOf(event)
    if (number === null) continue
    const claim = claims.get(number)
    const isOwn = claim?.eventId === event.id && subjectStream(claim.subject) === event.stream
    const code = claim === undefined ? 'missing-claim' : isOwn ? null : 'foreign-claim'
    if (code !== null) report({ area: 'log', where: event.position, code })
    else if (!marks.mark(number)) {
      report({ area: 'log', where: event.position, code: 'claim-named-twice' })
    }
  }
}

async function verifySubjects(
  { vault, opens }: LogToVerify,
  page: readonly RecordedEvent[],
  report: Report,
): Promise<void> {
  const subjects = [...new Set(page.flatMap(({ stream }) => subjectOfStream(stream) ?? []))]
  const found = await vault.findBySubject(subjects)
  const entries = new Map(subjects.map((subject, nth) => [subject, found[nth] ?? null]))
  for (const event of page) {
    const subject = subjectOfStream(event.stream)
    if (subject === null) continue
    const entry = entries.get(subject) ?? null
    if (entry === null) report({ area: 'log', where: event.position, code: 'unknown-subject' })
    // Of somebody who was erased nothing opens, as it should be.
    if (entry === null || entry.envelope === null || event.sealed === null) continue
    if (opens?.(event, entry) === false) {
      report({ area: 'log', where: event.position, code: 'seal-unopened' })
    }
  }
}

/** The claims from their own side: all there, of known subjects, each with its event. */
async function verifyUnclaimed(
  { vault, reader }: LogToVerify,
  marks: ClaimMarks,
  report: Report,
): Promise<number> {
  let last = 0
  for (;;) {
    const page = await vault.claimsAfter(last, pageSize)
    const subjects = [...new Set(page.map(({ subject }) => subject))]
    const entries = await vault.findBySubject(subjects)
    const known = new Set(entries.flatMap((entry) => entry?.subject ?? []))
    for (const { number, eventId, subject } of page) {
      const where = `claim ${number}`
      if (number !== last + 1) report({ area: 'vault', where, code: 'claim-gap' })
      if (!known.has(subject)) {
        report({ area: 'vault', where, code: 'claim-without-subject' })
      }
      last = number
      if (marks.has(number)) continue
      // It may have been written while we read.
      const stream = await reader.readStream(subjectStream(subject))
      if (!stream.some(({ id }) => id === eventId)) {
        report({ area: 'vault', where, code: 'unfinished-claim' })
      }
    }
    if (page.length < pageSize) return last
  }
}
