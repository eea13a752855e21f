import { formatInstant } from '@ledger/domain'
import type { Attempt } from '@ledger/ledger'
import type { HistoryEntry } from '@ledger/read-models'
import { lookUp, readHistory } from '@ledger/read-models'
import { tellPersons } from '../access-log.ts'
import { freshnessAnswer, stateAnswer } from '../answers.ts'
import type { AppDeps } from '../app-deps.ts'
import { ownPosition } from '../own-position.ts'
import { invalidRequest, RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import type { HistoryItem } from '../schemas/subjects.ts'
import {
  historyAnswerSchema,
  historyQuery,
  lookupAnswerSchema,
  lookupBodySchema,
  subjectParams,
} from '../schemas/subjects.ts'
import { subjectIdOf } from '../subject-id.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'ledger' | 'queries' | 'reader' | 'desk'>
type EventEntry = Extract<HistoryEntry, { kind: 'event' }>

/** An event of a history as the door says it. */
export function eventItem({ stored, event, explanation }: EventEntry): HistoryItem {
  const data: Partial<Record<string, unknown>> = event === null ? {} : event.data
  // Every field is one the event's schema has checked; those that its type does not have are null.
  const field = <Name extends keyof HistoryItem>(name: Name): HistoryItem[Name] | null =>
    (data[name] as HistoryItem[Name] | undefined) ?? null
  const effectiveAt = data['effectiveAt']
  return {
    kind: 'event',
    type: stored.type,
    recordedAt: formatInstant(stored.recordedAt),
    effectiveAt: typeof effectiveAt === 'number' ? formatInstant(effectiveAt) : null,
    position: stored.position,
    eventId: stored.id,
    scope: field('scope'),
    authority: field('authority'),
    actor: field('actor'),
    method: field('method'),
    counts: explanation.counts,
    why: explanation.why,
    ruleId: explanation.ruleId ?? null,
    ...(explanation.because !== undefined && { because: explanation.because }),
  }
}

const whyNot: Readonly<Record<Attempt['outcome'], string>> = {
  duplicate: 'A repeat of what was recorded before.',
  conflict: 'Its id was used before for something else.',
  invalid: 'It was refused.',
}

/** An attempt of a history as the door says it. */
export const attemptItem = ({ at, eventId, outcome, code }: Attempt): HistoryItem => ({
  kind: 'attempt',
  type: outcome,
  recordedAt: formatInstant(at),
  effectiveAt: null,
  position: null,
  eventId,
  scope: null,
  authority: null,
  actor: null,
  method: null,
  counts: false,
  why: whyNot[outcome],
  ruleId: null,
  ...(code !== null && { code }),
})

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor)
  throw invalidRequest('cursor', 'expected a cursor as the ledger gave it')
}

/** `/v1/subjects`: one person at one address. */
export function subjectRoutes(app: ZodApp, deps: Deps): void {
  app.post(
    '/v1/subjects/lookup',
    {
      schema: {
        summary: 'The subject of an address or external id, with its state in every group',
        tags: ['subjects'],
        body: lookupBodySchema,
        response: answers(lookupAnswerSchema),
      },
    },
    async (request, reply) => {
      const { address, externalId = '', atLeast, consistency } = request.body
      const found = await lookUp(
        deps.queries,
        address ?? { kind: 'external-id', value: externalId },
        {
          consistency,
          atLeast:
            atLeast === undefined ? undefined : ownPosition(atLeast, deps.reader.logId, 'atLeast'),
        },
      )
      if (found === null) throw new RequestRefused('unknown-subject')
      tellPersons(request, 1)
      const { subject, kind, links, freshness } = found
      const groups = found.groups.map(({ group, answer }) => {
        return { group: group.id, ...stateAnswer(answer) }
      })
      return reply.send({ subject, kind, links, groups, freshness: freshnessAnswer(freshness) })
    },
  )

  app.get(
    '/v1/subjects/:id/history',
    {
      schema: {
        summary: 'All that was ever said or tried about a subject, each with why it counts or not',
        tags: ['subjects'],
        params: subjectParams,
        querystring: historyQuery,
        response: answers(historyAnswerSchema),
      },
    },
    async (request, reply) => {
      const subject = subjectIdOf(request.params.id)
      const { limit, cursor } = request.query
      const from = offsetOf(cursor)
      const groups = deps.ledger.groups.list()
      const history =
        subject === null ? null : await readHistory(deps.queries, deps.desk, groups, subject)
      if (history === null) throw new RequestRefused('unknown-subject')
      tellPersons(request, 1)
      const to = from + limit
      const items = history.slice(from, to).map((entry) => {
        return entry.kind === 'event' ? eventItem(entry) : attemptItem(entry.attempt)
      })
      return reply.send({ items, cursor: history.length > to ? String(to) : null })
    },
  )
}
