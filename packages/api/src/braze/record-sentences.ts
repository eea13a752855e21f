import type { Group, GroupId, Position } from '@ledger/domain'
import type { QueryDeps } from '@ledger/read-models'
import type { Caller } from '../keys.ts'
import { itemsMax } from '../limits.ts'
import type { ItemOutcome, SignalDesk } from '../take-signals.ts'
import { readItem } from '../take-signals.ts'
import type { Complaint, Entry, ReadBody } from './entry.ts'
import { newTies } from './known-ties.ts'
import type { Sentence } from './sentences.ts'
import { sentenceOf, sentenceOfTie } from './sentences.ts'
import { standingGlobalRefusals } from './standing-global-refusal.ts'

export type RecordingDeps = {
  readonly desk: SignalDesk
  readonly queries: Pick<QueryDeps, 'book' | 'reader'>
  readonly findGroup: (id: GroupId) => Group | undefined
}

/** What became of a body. */
export type Recorded = {
  readonly complaints: readonly Complaint[]
  /** The last place in the log that it was written to; null when it wrote nothing. */
  readonly position: Position | null
}

type Readable = Extract<ReadBody, { ok: true }>

/**
 * Records all that a body says. Rejects with an `Outage` when any of it met one; a retry is
 * harmless.
 * @param requestId makes the ids of the events: the same again, and they are repeats
 */
export async function recordBody(
  deps: RecordingDeps,
  { entries, ties, complaints }: Readable,
  requestId: string,
  caller: Caller,
): Promise<Recorded> {
  const fresh = ties.length === 0 ? [] : await newTies(deps.queries, ties)
  // Ids are made of the place in the body, so that a retry makes the same.
  const sentences = [
    ...ties.map((tie, place) =>
      sentenceOfTie(tie, `${requestId}:tie:${place}`, fresh.includes(tie)),
    ),
    ...entries.map((entry, place) =>
      sentenceOf(entry, deps.findGroup, (nth) => `${requestId}:${place}:${nth}`),
    ),
  ]
  const outcomes = await recordEvents(deps.desk, sentences, caller)
  const kept = await keepGlobalRefusals(deps, sentences, requestId, caller)
  const found = sentences.flatMap((sentence, index): readonly Complaint[] => {
    const text = sentence.complaint ?? refusalIn(sentence, outcomes[index] ?? [])
    return text === null ? [] : [{ path: sentence.path, text }]
  })
  const positions = [...outcomes, ...kept].flat().flatMap(({ position }) => position ?? [])
  return { complaints: [...complaints, ...found], position: positions.sort().at(-1) ?? null }
}

type Outcomes = readonly (readonly Placed[])[]
type Placed = ItemOutcome & { readonly position?: Position }

async function recordEvents(
  desk: SignalDesk,
  sentences: readonly Pick<Sentence, 'events'>[],
  caller: Caller,
): Promise<Outcomes> {
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

const isOwnAct = ({ act }: Entry): boolean => act.actor === 'person' || act.actor === 'provider'

/**
 * Says a global refusal of e-mail again behind a backend's opt-in to one group, which would reopen
 * that group under it: at Braze it would not. Behind, and not before, because what is later counts.
 * A crash in between gave no answer, and the retry finds the refusal again.
 */
async function keepGlobalRefusals(
  { desk, queries, findGroup }: RecordingDeps,
  sentences: readonly Sentence[],
  requestId: string,
  caller: Caller,
): Promise<Outcomes> {
  const kept: Pick<Sentence, 'events'>[] = []
  for (const [place, { entry, events }] of sentences.entries()) {
    if (entry === null || entry.state === 'unsubscribed' || events.length === 0) continue
    const group = entry.group === null ? undefined : findGroup(entry.group as GroupId)
    if (group?.family !== 'email' || isOwnAct(entry)) continue
    const refusing = await standingGlobalRefusals(queries, group, entry.person)
    const again = refusing.map(({ kind, value }, nth) => {
      const isAddress = kind !== 'external-id'
      const person = isAddress
        ? { addresses: [{ kind, value }] }
        : { addresses: [], externalId: value }
      const evidence = { reason: 'a global refusal stands' }
      const id = `${requestId}:kept:${place}:${nth}`
      const said: Entry = {
        ...entry,
        state: 'unsubscribed',
        group: null,
        person,
        act: { evidence },
      }
      return sentenceOf(said, findGroup, () => id)
    })
    kept.push(...again)
  }
  return recordEvents(desk, kept, caller)
}
