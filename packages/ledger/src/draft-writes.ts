import type { Classified, Decided, EventId, SubjectEvent, SubjectId } from '@ledger/domain'
import { liveLinks } from '@ledger/domain'
import type { SubjectRecord } from '@ledger/domain'

/** One party of a signal. */
export type Party = { readonly subject: SubjectId; readonly kind: string }

/** An event before it is stamped and sealed. */
export type Draft = {
  readonly id: EventId
  readonly type: Classified['type']
  readonly data: object
}

/** What goes into one subject's stream. */
export type DraftWrite<P extends Party> = { readonly to: P; readonly drafts: readonly Draft[] }

export type DraftContext<P extends Party> = {
  readonly eventId: EventId
  readonly claim: number
  readonly primary: P
  /** Other subjects under which the same facts are recorded. */
  readonly copies: readonly P[]
  /** The other end of a link. */
  readonly other: P | undefined
  /** Owner links to write because the signal carried both keys and they were not linked. */
  readonly toLink: readonly P[]
  readonly derivedId: (eventId: EventId, discriminator: string) => EventId
}

/**
 * Lays out what a decided signal writes, stream by stream: the streams of its other keys first and
 * its own last: in a log that is written in order, who finds the own event finds all. Pure.
 */
export function draftWrites<P extends Party>(
  decided: Decided,
  context: DraftContext<P>,
): readonly DraftWrite<P>[] {
  const { eventId, claim, primary, copies, other, toLink, derivedId } = context
  const elsewhere = [...copies, ...(other === undefined ? [] : [other])]
  const alsoUnder = elsewhere.map(({ subject }) => subject)
  const idAt = (index: number): EventId =>
    index === 0 ? eventId : derivedId(eventId, String(index))

  const own = decided.map(({ type, data }, index): Draft => {
    const extra = { ...(index === 0 && { claim }), ...(alsoUnder.length > 0 && { alsoUnder }) }
    return { id: idAt(index), type, data: { kind: primary.kind, ...data, ...extra } }
  })
  const copiesFor = (to: P): readonly Draft[] =>
    decided.map(({ type, data }, index) => ({
      id: derivedId(idAt(index), to.subject),
      type,
      data: {
        kind: to.kind,
        ...(to === other ? { ...data, other: primary.subject, otherKind: primary.kind } : data),
        copyOf: idAt(index),
        alsoUnder: [primary.subject],
      },
    }))
  const linkId = (from: P, to: P): EventId =>
    derivedId(eventId, ownerLinkOf(from.subject, to.subject))
  const ownLinks = toLink.map((to) => ownerLink(decided, linkId(primary, to), primary, to))
  const linkBack = (to: P): Draft =>
    ownerLink(decided, linkId(to, primary), to, primary, linkId(primary, to))

  return [
    ...elsewhere.map((to) => ({
      to,
      drafts: [...copiesFor(to), ...(toLink.includes(to) ? [linkBack(to)] : [])],
    })),
    { to: primary, drafts: [...own, ...ownLinks] },
  ]
}

/**
 * That two keys came in one payload links them; the link is dated like the signal that carried
 * them. Its two halves are one act, `copyOf` the primary's, so that a correction reaches both.
 */
function ownerLink(
  decided: Decided,
  id: EventId,
  from: Party,
  end: Party,
  copyOf?: EventId,
): Draft {
  const { policyVersion, actor, method, clock, effectiveAt, bound } = spoken(decided[0])
  return {
    id,
    type: 'AddressLinked',
    data: {
      ...{ kind: from.kind, policyVersion, actor, method, clock, effectiveAt, bound },
      ...{ ruleId: 'P14', other: end.subject, otherKind: end.kind, relation: 'owner' },
      ...(copyOf !== undefined && { copyOf }),
      alsoUnder: [end.subject],
    },
  }
}

/** What tells the id of one half of such a link from that of the other. */
export const ownerLinkOf = (from: SubjectId, to: SubjectId): string => `${from}>${to}`

function spoken({ data }: Classified) {
  if (!('effectiveAt' in data)) throw new Error('a signal never becomes SubjectErased')
  return data
}

/** The copies of a signal that its primary subject is not linked to as owner yet. */
export function unlinked<P extends Party>(record: SubjectRecord | null, copies: readonly P[]) {
  if (record === null) return copies
  const linked = new Set(
    liveLinks(record)
      .filter(({ relation }) => relation === 'owner')
      .map(({ other }) => other),
  )
  return copies.filter(({ subject }) => !linked.has(subject))
}

/** What a correction voids, as its subject's stream knows it. */
export type Voided = {
  /** The ids named, and of copies the originals, so that every copy goes with them. */
  readonly ids: readonly EventId[]
  /** The other subjects under which the voided events were recorded. */
  readonly alsoUnder: readonly SubjectId[]
  readonly areAllOptIns: boolean
}

/**
 * Looks up the events that a correction names; ids the stream does not hold are kept as they are.
 */
export function voidedBy(voids: readonly EventId[], events: readonly SubjectEvent[]): Voided {
  const named = events.filter(({ id }) => voids.includes(id))
  const originals = named.flatMap(({ data }) =>
    'copyOf' in data && data.copyOf !== undefined ? [data.copyOf] : [],
  )
  const alsoUnder = named.flatMap(({ data }) => ('alsoUnder' in data ? (data.alsoUnder ?? []) : []))
  const found = new Set(named.map(({ id }) => id))
  return {
    ids: [...new Set([...voids, ...originals])],
    alsoUnder: [...new Set(alsoUnder)],
    areAllOptIns:
      voids.every((id) => found.has(id)) && named.every(({ type }) => type === 'OptedIn'),
  }
}
