import { replay, statePairs } from '@ledger/audit'
import type { GroupId, StateAnswer, SubjectId } from '@ledger/domain'
import { states } from '@ledger/domain'
import type { EventReader } from '@ledger/ledger'
import type { MemberRow, ReadModelReader } from '@ledger/read-models'

/** What two must agree on about a subject in a group, as one line. */
const lineOf = (
  subject: SubjectId,
  group: GroupId,
  answer: Pick<StateAnswer, 'state' | 'since' | 'decisiveEventId' | 'held' | 'sendBlock'>,
): string => {
  const { state, since, decisiveEventId, held, sendBlock } = answer
  const beside = `${held ? ' held' : ''}${sendBlock ? ' blocked' : ''}`
  return `${group} ${subject} ${state} since ${since} by ${decisiveEventId}${beside}`
}

async function membersOf(readModel: ReadModelReader, group: GroupId): Promise<MemberRow[]> {
  const all: MemberRow[] = []
  for (const state of states) {
    let after: SubjectId | null = null
    for (;;) {
      const page: readonly MemberRow[] = await readModel.members(group, state, after, 500)
      all.push(...page)
      after = page.at(-1)?.subject ?? null
      if (after === null) break
    }
  }
  return all
}

/**
 * Everything in which a read model differs from a fold of the log up to where it stands, and its
 * parts from each other; empty when all agree.
 */
export async function differencesFromReplay(
  readModel: ReadModelReader,
  reader: EventReader,
): Promise<readonly string[]> {
  const { asOf, position } = await readModel.checkpoint()
  const [last] = await reader.readBackwards(null, 1)
  // What runs out is applied up to the last event or the last proof, whichever is later.
  const at = Math.max(asOf, last?.position === position ? (last?.recordedAt ?? 0) : 0)
  const replayed = await replay(reader, { at, knownAt: position ?? Number.MAX_SAFE_INTEGER })
  const judged = [...statePairs(replayed, at)].map(({ subject, group, answer }) =>
    lineOf(subject, group, answer),
  )
  const { groups } = await readModel.snapshot([])
  const members = (
    await Promise.all([...groups.keys()].map((group) => membersOf(readModel, group)))
  ).flat()
  const listed = members.map((row) => lineOf(row.subject, row.group, row))
  return [
    ...missing('the read model lacks', judged, listed),
    ...missing('the log does not say', listed, judged),
    ...(await miscounted(readModel, members)),
    ...(await misfed(readModel, members)),
  ]
}

function missing(what: string, from: readonly string[], of: readonly string[]): readonly string[] {
  const there = new Set(of)
  return from.filter((line) => !there.has(line)).map((line) => `${what}: ${line}`)
}

/** Where the flow of all days does not add up to the members of a state. */
async function miscounted(readModel: ReadModelReader, members: readonly MemberRow[]) {
  const { groups } = await readModel.snapshot([])
  const found: string[] = []
  for (const group of groups.keys()) {
    const flows = await readModel.counts(group, '0000-01-01', '9999-12-31')
    for (const state of states) {
      if (state === 'never') continue
      const size = flows
        .filter((flow) => flow.state === state)
        .reduce((sum, { entered, left }) => sum + entered - left, 0)
      const counted = members.filter(
        (row) => row.group === group && row.state === state && row.isCounted,
      ).length
      if (size !== counted) found.push(`${group} ${state}: counts say ${size}, members ${counted}`)
    }
  }
  return found
}

/** Where the feed has a gap, or does not end at the member's state. */
async function misfed(readModel: ReadModelReader, members: readonly MemberRow[]) {
  const last = new Map<string, string>()
  const found: string[] = []
  let after: Parameters<ReadModelReader['changes']>[0] = null
  for (;;) {
    const page = await readModel.changes(after, 500)
    for (const change of page) {
      const pair = `${change.group} ${change.subject}`
      const [before = 'never'] = (last.get(pair) ?? 'never').split(' ')
      if (before !== change.previousState) {
        found.push(`${pair}: the feed goes from ${before} on from ${change.previousState}`)
      }
      last.set(pair, besides(change))
    }
    after = page.at(-1) ?? null
    if (after === null) break
  }
  const ends = new Map(members.map((row) => [`${row.group} ${row.subject}`, besides(row)]))
  for (const pair of new Set([...last.keys(), ...ends.keys()])) {
    const [fed, listed] = [last.get(pair) ?? nothing, ends.get(pair) ?? nothing]
    if (fed !== listed) found.push(`${pair}: the feed ends at ${fed}, the member is ${listed}`)
  }
  return found
}

const besides = ({ state, held, sendBlock }: Pick<MemberRow, 'state' | 'held' | 'sendBlock'>) =>
  `${state} ${held} ${sendBlock}`

const nothing = besides({ state: 'never', held: false, sendBlock: false })
