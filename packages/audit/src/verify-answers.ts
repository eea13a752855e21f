import type { Micros, StateAnswer, SubjectId } from '@ledger/domain'
import type { EventReader } from '@ledger/ledger'
import type { Checkpoint, GivenAnswer, ReadModelReader } from '@ledger/read-models'
import { foldWithKin, pairAnswer } from '@ledger/read-models'
import type { Report } from './finding.ts'

export type AnswersToVerify = {
  readonly reader: EventReader
  /** Nobody writes to it meanwhile. */
  readonly readModel: Pick<ReadModelReader, 'checkpoint' | 'snapshot'>
  /** Every subject that the read model has a row of. */
  readonly subjects: Iterable<SubjectId>
  /** Up to when what runs out has taken effect in it. */
  readonly at: Micros
}

const pageSize = 200

/**
 * Asks the law for every answer that a read model gives: folds each subject and its kin from their
 * streams, past the projector and its steps. Keeps the subjects of one page in memory.
 */
export async function verifyAnswers(
  { reader, readModel, subjects, at }: AnswersToVerify,
  report: Report,
  onProgress: (subjects: number) => void = () => {},
): Promise<void> {
  const { position } = await readModel.checkpoint()
  const judge = (page: readonly SubjectId[]): Promise<void> =>
    judgePage({ reader, readModel, at, position }, page, report)
  let page: SubjectId[] = []
  let seen = 0
  for (const subject of subjects) {
    page.push(subject)
    if (page.length < pageSize) continue
    await judge(page)
    seen += page.length
    page = []
    onProgress(seen)
  }
  await judge(page)
}

type Bench = Omit<AnswersToVerify, 'subjects'> & Pick<Checkpoint, 'position'>

async function judgePage(
  { reader, readModel, at, position }: Bench,
  page: readonly SubjectId[],
  report: Report,
): Promise<void> {
  const { rows, groups } = await readModel.snapshot(page)
  const asOf = { at, knownAt: position ?? 0 }
  const folded = await foldWithKin(reader, page, asOf)
  for (const subject of page) {
    for (const group of groups.values()) {
      const answers = rows.get(subject)?.answers ?? {}
      // A group may be called `constructor`.
      const given = (Object.hasOwn(answers, group.id) ? answers[group.id] : undefined) ?? nothing
      const answer = pairAnswer(group, subject, (each) => folded.get(each), at)
      if (isSame(given, answer)) continue
      report({ area: 'read model', where: `${group.id} ${subject}`, code: 'answer-unlawful' })
    }
  }
}

type Answer = Pick<
  GivenAnswer | StateAnswer,
  'state' | 'since' | 'decisiveEventId' | 'held' | 'sendBlock'
>

const nothing: Answer = {
  state: 'never',
  since: null,
  decisiveEventId: null,
  held: false,
  sendBlock: false,
}

const isSame = (a: Answer, b: Answer): boolean =>
  a.state === b.state &&
  a.since === b.since &&
  a.decisiveEventId === b.decisiveEventId &&
  a.held === b.held &&
  a.sendBlock === b.sendBlock
