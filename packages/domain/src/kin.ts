import type { SubjectId } from './identifiers.ts'
import type { Registers } from './register.ts'
import { joinAll, refusalsOf } from './register.ts'
import { isAllScope } from './scope.ts'
import type { Link, SubjectRecord } from './subject-record.ts'
import { liveLinks } from './subject-record.ts'

/** Finds the record of a linked subject; undefined when nothing is recorded under it (yet). */
export type FindRecord = (subject: SubjectId) => SubjectRecord | undefined

const isOwner = (link: Link): boolean => link.relation === 'owner'
const linksOf = (record: SubjectRecord | undefined): readonly Link[] =>
  record === undefined ? [] : liveLinks(record)

/** The subject and all addresses of the same person in its family, however many steps away. */
function matesOf(subject: SubjectId, find: FindRecord): ReadonlySet<SubjectId> {
  const mates = new Set<SubjectId>([subject])
  for (const mate of mates) {
    for (const link of linksOf(find(mate))) if (!isOwner(link)) mates.add(link.other)
  }
  return mates
}

/**
 * The registers that decide about a subject: its own, joined with what its links share (design
 * section 4, ADR 4).
 * - `owner` (an external id and an address): everything, both ways, one step.
 * - `same-person` and `successor`: opt-outs, ends and suspicions, over any number of steps.
 * - the other addresses of one owner: opt-outs of scope "all" only, because these speak of the person
 *   on every channel (P13) and not of one address.
 */
export function sharedRegisters(subject: SubjectId, find: FindRecord): Registers {
  const record = find(subject)
  if (record === undefined) return {}
  const links = liveLinks(record)
  if (links.length === 0) return record.registers

  let shared = record.registers
  const take = (other: SubjectId, part: (registers: Registers) => Registers): void => {
    const found = find(other)
    if (found !== undefined) shared = joinAll(shared, part(found.registers))
  }
  const whole = (registers: Registers): Registers => registers
  const refusals = (registers: Registers): Registers => refusalsOf(registers, () => true)
  const refusalsOfAll = (registers: Registers): Registers => refusalsOf(registers, isAllScope)

  for (const link of links.filter(isOwner)) {
    take(link.other, whole)
    for (const sibling of linksOf(find(link.other))) take(sibling.other, refusalsOfAll)
  }
  for (const mate of matesOf(subject, find)) {
    if (mate === subject) continue
    take(mate, refusals)
    for (const owner of linksOf(find(mate)).filter(isOwner)) take(owner.other, refusals)
  }
  return shared
}

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
