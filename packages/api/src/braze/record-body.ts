import type { GroupId, Position } from '@ledger/domain'
import { actorSchema, optInAuthority } from '@ledger/domain'
import type { GroupCatalogue } from '@ledger/ledger'
import type { QueryDeps } from '@ledger/read-models'
import * as z from 'zod'
import type { Caller } from '../keys.ts'
import { itemsMax } from '../limits.ts'
import type { ItemOutcome, SignalDesk } from '../take-signals.ts'
import { readItem } from '../take-signals.ts'
import type { Complaint, Entry, Said, Tie } from './entry.ts'
import { foldOnce } from './folded.ts'
import { newTies } from './known-ties.ts'
import type { KeepDeps, Kept } from './refusals-to-keep.ts'
import { globalRefusals, refusalsBeforeTie } from './refusals-to-keep.ts'
import type { Sentence } from './sentences.ts'
import { sentenceOf, sentenceOfTie } from './sentences.ts'

export type RecordingDeps = {
  readonly desk: SignalDesk
  readonly queries: Pick<QueryDeps, 'book' | 'reader' | 'readModel' | 'now'>
  readonly groups: Pick<GroupCatalogue, 'get' | 'list'>
}

/** What became of a body. */
export type Recorded = {
  readonly complaints: readonly Complaint[]
  /** What took effect. */
  readonly heeded: readonly Sentence[]
  /** The last place in the log that it was written to; null when it wrote nothing. */
  readonly position: Position | null
}

/**
 * Records all that a body says. Rejects with an `Outage` when any of it met one; a retry is
 * harmless.
 * @param requestId makes the ids of the events: the same again, and they are repeats
 */
export async function recordBody(
  deps: RecordingDeps,
  { entries, ties, complaints }: Said,
  requestId: string,
  caller: Caller,
): Promise<Recorded> {
  const { desk, groups, queries } = deps
  const fold = foldOnce(queries)
  const fresh = ties.length === 0 ? [] : await newTies(queries, fold, ties)
  // First, so that a crash in between leaves no tie that would lift them.
  const refusedBefore = await keptAcrossTies({ ...queries, fold }, groups, fresh)
  const before = await sayAgain(deps, refusedBefore, `${requestId}:before`, caller)
  // Ids are made of the place in the body, so that a retry makes the same.
  const sentences = [
    ...ties.map((tie, place) =>
      sentenceOfTie(tie, `${requestId}:tie:${place}`, fresh.includes(tie)),
    ),
    ...entries.map((entry, place) =>
      sentenceOf(entry, groups.get, (nth) => `${requestId}:${place}:${nth}`),
    ),
  ]
  const outcomes = await recordEvents(desk, sentences, caller)
  // Behind, because what is later counts. A crash in between gave no answer, and the retry finds
  // them again.
  const masking = await keptUnderGroups({ ...queries, fold: foldOnce(queries) }, groups, sentences)
  const behind = await sayAgain(deps, masking, `${requestId}:behind`, caller)

  const found = sentences.map((sentence, index) => ({
    sentence,
    text: sentence.complaint ?? refusalIn(sentence, outcomes[index] ?? []),
  }))
  const positions = [...before, ...outcomes, ...behind]
    .flat()
    .flatMap((each) => each.position ?? [])
  return {
    complaints: [
      ...complaints,
      ...found.flatMap(({ sentence: { path }, text }) => (text === null ? [] : [{ path, text }])),
    ],
    heeded: found.flatMap(({ sentence, text }) => (text === null ? [sentence] : [])),
    position: positions.sort().at(-1) ?? null,
  }
}

type Placed = ItemOutcome & { readonly position?: Position }

async function recordEvents(
  desk: SignalDesk,
  sentences: readonly Sentence[],
  caller: Caller,
): Promise<readonly (readonly Placed[])[]> {
  const items = sentences.flatMap(({ events }) => events.map((event) => readItem(event, true)))
  const outcomes: Placed[] = []
  for (let from = 0; from < items.length; from += itemsMax.signals) {
    outcomes.push(...(await desk.recordAll(items.slice(from, from + itemsMax.signals), caller)))
  }
  let next = 0
  return sentences.map(({ events }) => outcomes.slice(next, (next += events.length)))
}

/**
 * Why a sentence without a fault of its own changed nothing; null when it was heeded. An opt-out
 * that reuses an id is recorded all the same.
 */
function refusalIn({ entry }: Sentence, outcomes: readonly Placed[]): string | null {
  for (const each of outcomes) {
    const isHeeded = each.outcome === 'recorded' || each.outcome === 'duplicate'
    if (isHeeded || (each.outcome === 'conflict' && entry?.state === 'unsubscribed')) continue
    return each.problem?.detail ?? each.outcome
  }
  return null
}

async function keptAcrossTies(
  deps: KeepDeps,
  groups: RecordingDeps['groups'],
  fresh: readonly Tie[],
): Promise<readonly Kept[]> {
  const all = fresh.length === 0 ? [] : groups.list()
  const kept: Kept[] = []
  for (const tie of fresh) kept.push(...(await refusalsBeforeTie(deps, all, tie)))
  return kept
}

/** True for an opt-in that counts as the person's own, and not merely says so. */
function isOwnAct({ act: { actor = 'system', method = 'api', evidence } }: Entry): boolean {
  const known = actorSchema.safeParse(actor)
  const shown = evidenceSchema.safeParse(evidence)
  if (!known.success || typeof method !== 'string') return false
  return optInAuthority(known.data, method, shown.data ?? {}).authority === 'person'
}

const evidenceSchema = z.record(z.string(), z.unknown())

async function keptUnderGroups(
  deps: KeepDeps,
  groups: RecordingDeps['groups'],
  sentences: readonly Sentence[],
): Promise<readonly Kept[]> {
  const kept: Kept[] = []
  for (const { entry, events } of sentences) {
    if (entry === null || entry.state === 'unsubscribed' || events.length === 0) continue
    const group = entry.group === null ? undefined : groups.get(entry.group as GroupId)
    if (group?.family !== 'email' || isOwnAct(entry)) continue
    kept.push(...(await globalRefusals(deps, group, entry)))
  }
  return kept
}

function sayAgain(
  { desk, groups }: RecordingDeps,
  kept: readonly Kept[],
  requestId: string,
  caller: Caller,
) {
  const again = kept.map((each, nth) =>
    sentenceOf(entryOf(each), groups.get, () => `${requestId}:${nth}`),
  )
  return recordEvents(desk, again, caller)
}

const entryOf = ({ path, address, group, reason }: Kept): Entry => ({
  path,
  state: 'unsubscribed',
  group,
  person:
    address.kind === 'external-id'
      ? { externalId: address.value, addresses: [] }
      : { addresses: [address] },
  act: { evidence: { reason } },
  asksToConfirm: false,
})
