import type { SubjectId } from './identifiers.ts'
import type { Registers } from './register.ts'
import { joinAll, optOutsOfAll, refusalsOf, withoutClearedSuspicions } from './register.ts'
import type { Link, SubjectRecord } from './subject-record.ts'
import { liveLinks } from './subject-record.ts'

/** Finds the record of a linked subject; undefined when nothing is recorded under it (yet). */
export type FindRecord = (subject: SubjectId) => SubjectRecord | undefined

const isOwner = (link: Link): boolean => link.relation === 'owner'
const linksOf = (record: SubjectRecord | undefined): readonly Link[] =>
  record === undefined ? [] : liveLinks(record)

/** These subjects and everybody who is the same person as one of them, however many steps away. */
function withMates(subjects: Iterable<SubjectId>, find: FindRecord): ReadonlySet<SubjectId> {
  const mates = new Set(subjects)
  for (const mate of mates) {
    for (const link of linksOf(find(mate))) if (!isOwner(link)) mates.add(link.other)
  }
  return mates
}

/** Whoever shares an owner link with one of these subjects: its external id, or its addresses. */
function ownEnds(subjects: Iterable<SubjectId>, find: FindRecord): ReadonlySet<SubjectId> {
  const ends = new Set<SubjectId>()
  for (const subject of subjects) {
    for (const link of linksOf(find(subject))) if (isOwner(link)) ends.add(link.other)
  }
  return ends
}

/**
 * The registers that decide about a subject: its own, joined with what its links share (design
 * section 4, ADR 4).
 * - `owner` (an external id and an address): everything, both ways, one step.
 * - `same-person` and `successor`: opt-outs, ends and open suspicions, over any number of steps, of
 *   the mates and of whatever key owns or is owned by one of them.
 * - the other addresses of one owner: opt-outs of scope "all" only, because these speak of the
 *   person on every channel (P13) and not of one address; an end or a suspicion stays with its
 *   address.
 */
export function sharedRegisters(subject: SubjectId, find: FindRecord): Registers {
  const record = find(subject)
  if (record === undefined) return {}
  if (liveLinks(record).length === 0) return record.registers

  const joined = (
    subjects: Iterable<SubjectId>,
    part: (registers: Registers) => Registers,
    onto: Registers,
  ): Registers => {
    let all = onto
    for (const each of subjects) {
      const found = find(each)
      if (found !== undefined) all = joinAll(all, part(found.registers))
    }
    return all
  }
  const mates = withMates([subject], find)
  const circle = withMates([...mates, ...ownEnds(mates, find)], find)
  const inWhole = ownEnds([subject], find)
  const own = joined(inWhole, (registers) => registers, record.registers)
  const circleOthers = [...circle].filter((each) => each !== subject && !inWhole.has(each))
  const refusals = joined(circleOthers, refusalsOf, {})
  const known = circleOthers.length === 0 ? own : joinSettled(own, refusals)
  return joined(ownEnds(circle, find), optOutsOfAll, known)
}

const joinSettled = (a: Registers, b: Registers): Registers =>
  joinAll(withoutClearedSuspicions(a), withoutClearedSuspicions(b))

/**
 * The subjects whose answer may change when something is recorded about this one: everybody within
 * reach of `sharedRegisters` from the other side, over links that live or once lived. The subject
 * itself comes first, the others sorted, so that the order is the same in every replay.
 */
export function kinOf(subject: SubjectId, find: FindRecord): readonly SubjectId[] {
  const found = new Set<SubjectId>([subject])
  let frontier: readonly SubjectId[] = [subject]
  // Three steps: an address, its mate's owner, and the addresses of that owner. Mates are free.
  for (let step = 0; step < 3 && frontier.length > 0; step += 1) {
    const next: SubjectId[] = []
    for (const each of frontier) {
      for (const other of everLinked(each, find)) {
        if (!found.has(other)) next.push(other)
        found.add(other)
      }
    }
    frontier = next
  }
  const [, ...others] = found
  return [subject, ...others.sort()]
}

function everLinked(subject: SubjectId, find: FindRecord): ReadonlySet<SubjectId> {
  const reached = new Set<SubjectId>()
  const mates = new Set<SubjectId>([subject])
  for (const mate of mates) {
    for (const link of Object.values(find(mate)?.links ?? {})) {
      reached.add(link.other)
      if (!isOwner(link)) mates.add(link.other)
    }
  }
  return reached
}
