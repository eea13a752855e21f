import type { EventId, GroupId, Micros, State } from '@ledger/domain'
import type { GivenAnswer, SubjectRow } from '@ledger/read-models'

type AnswerText = [
  group: GroupId,
  state: State,
  since: Micros | null,
  decisiveEventId: EventId | null,
  held: 0 | 1,
  sendBlock: 0 | 1,
  isCounted: 0 | 1,
]

/** Writes the answers of a subject's row, by group, so that equal answers are equal texts. */
export function encodeAnswers(answers: SubjectRow['answers']): string {
  const texts = (Object.entries(answers) as [GroupId, GivenAnswer][]).map(
    ([group, { state, since, decisiveEventId, held, sendBlock, isCounted }]): AnswerText => [
      ...([group, state, since, decisiveEventId] as const),
      ...([held ? 1 : 0, sendBlock ? 1 : 0, isCounted ? 1 : 0] as const),
    ],
  )
  if (texts.length > 1) texts.sort((a, b) => (a[0] < b[0] ? -1 : 1))
  return JSON.stringify(texts)
}

/** Reads what `encodeAnswers` wrote. */
export function decodeAnswers(encoded: string): SubjectRow['answers'] {
  const answers: { [group: GroupId]: GivenAnswer } = {}
  for (const [group, state, since, decisiveEventId, ...flags] of JSON.parse(
    encoded,
  ) as AnswerText[]) {
    const [held, sendBlock, isCounted] = flags
    answers[group] = {
      ...{ state, since, decisiveEventId },
      ...{ held: held === 1, sendBlock: sendBlock === 1, isCounted: isCounted === 1 },
    }
  }
  return answers
}
