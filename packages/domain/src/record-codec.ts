import type { Relation } from './events.ts'
import type { EventId, SubjectId } from './identifiers.ts'
import type { Register } from './register.ts'
import { marks } from './register.ts'
import type { ScopeKey } from './scope.ts'
import type { Stamp } from './stamp.ts'
import type { Link, SubjectRecord } from './subject-record.ts'
import { linkKey } from './subject-record.ts'

type StampRow = readonly [
  bound: number,
  id: string,
  effectiveAt: number,
  rule: string,
  until?: number,
]
type RegisterRow = { [mark in (typeof marks)[number]]?: StampRow }
type LinkRow = readonly [
  relation: Relation,
  other: string,
  otherKind: string,
  linked: StampRow | null,
  unlinked: StampRow | null,
]
type RecordRow = {
  readonly kind: string
  readonly registers: { readonly [key: ScopeKey]: RegisterRow }
  readonly links: readonly LinkRow[]
  readonly voids: readonly string[]
}

/**
 * Writes a record as text, the same text for equal records whatever the order in which their events
 * arrived: registers and links by key, marks in the order of `marks`, voids sorted. A state hash
 * and a "did anything change" may compare texts.
 */
export function encodeRecord({ kind, registers, links, voids }: SubjectRecord): string {
  const row: RecordRow = {
    kind,
    registers: Object.fromEntries(
      (Object.keys(registers) as ScopeKey[])
        .sort()
        .map((key) => [key, registerRow(registers[key] ?? {})]),
    ),
    links: Object.keys(links)
      .sort()
      .flatMap((key) => (links[key] === undefined ? [] : [linkRow(links[key])])),
    voids: voids.toSorted(),
  }
  return JSON.stringify(row)
}

function registerRow(register: Register): RegisterRow {
  const row: RegisterRow = {}
  for (const mark of marks) {
    const stamp = register[mark]
    if (stamp !== undefined) row[mark] = stampRow(stamp)
  }
  return row
}

function linkRow({ relation, other, otherKind, linked, unlinked }: Link): LinkRow {
  const row = (stamp: Stamp | undefined) => (stamp === undefined ? null : stampRow(stamp))
  return [relation, other, otherKind, row(linked), row(unlinked)]
}

function stampRow({ bound, eventId, effectiveAt, ruleId, until }: Stamp): StampRow {
  return until === undefined
    ? [bound, eventId, effectiveAt, ruleId]
    : [bound, eventId, effectiveAt, ruleId, until]
}

/** Reads what `encodeRecord` wrote, and nothing else: the text never leaves a read model. */
export function decodeRecord(text: string): SubjectRecord {
  const { kind, registers: rows, links, voids } = JSON.parse(text) as RecordRow
  const registers: { [key: ScopeKey]: Register } = {}
  for (const key of Object.keys(rows) as ScopeKey[]) {
    const register: { -readonly [mark in keyof Register]: Stamp } = {}
    for (const mark of marks) {
      const row = rows[key]?.[mark]
      if (row !== undefined) register[mark] = stampOf(row)
    }
    registers[key] = register
  }
  return {
    kind,
    registers,
    links: Object.fromEntries(links.map(linkOf).map((link) => [linkKey(link), link])),
    voids: voids as readonly EventId[],
  }
}

function linkOf([relation, other, otherKind, linked, unlinked]: LinkRow): Link {
  return {
    other: other as SubjectId,
    otherKind,
    relation,
    ...(linked !== null && { linked: stampOf(linked) }),
    ...(unlinked !== null && { unlinked: stampOf(unlinked) }),
  }
}

function stampOf([bound, eventId, effectiveAt, ruleId, until]: StampRow): Stamp {
  const stamp = { bound, eventId: eventId as EventId, effectiveAt, ruleId }
  return until === undefined ? stamp : { ...stamp, until }
}
