import type { GroupId, SubjectId } from '@ledger/domain'
import { formatInstant, maskAddress, utcDay } from '@ledger/domain'
import { freshnessOf } from '@ledger/read-models'
import { tellPersons } from '../access-log.ts'
import { freshnessAnswer } from '../answers.ts'
import type { AppDeps } from '../app-deps.ts'
import { dayBefore, daysBetween, sizesByDay } from '../group-sizes.ts'
import { countDays } from '../limits.ts'
import { invalidRequest, RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import { groupParams } from '../schemas/groups.ts'
import {
  countsAnswerSchema,
  countsQuery,
  membersAnswerSchema,
  membersQuery,
} from '../schemas/group-members.ts'
import { subjectIdOf } from '../subject-id.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'ledger' | 'queries' | 'readModel'>

function knownGroup({ ledger }: Deps, id: string): GroupId {
  const group = ledger.groups.get(id as GroupId)
  if (group === undefined) throw new RequestRefused('unknown-group')
  return group.id
}

/** Read before what it is said of, which is then at least that fresh. */
const readFreshness = async ({ readModel, queries }: Deps) =>
  freshnessAnswer(freshnessOf(await readModel.checkpoint(), queries.now()))

/** `GET /v1/groups/:id/members`: who is in a group. */
export function groupMemberRoutes(app: ZodApp, deps: Deps): void {
  const { queries, readModel } = deps
  app.get(
    '/v1/groups/:id/members',
    {
      schema: {
        summary: 'The subjects in one state of a group, by subject id',
        tags: ['groups'],
        params: groupParams,
        querystring: membersQuery,
        response: answers(membersAnswerSchema),
      },
    },
    async (request, reply) => {
      const { state, limit, cursor } = request.query
      const after = cursor === undefined ? null : subjectIdOf(cursor)
      if (cursor !== undefined && after === null) {
        throw invalidRequest('cursor', 'expected a cursor as the ledger gave it')
      }
      const group = knownGroup(deps, request.params.id)
      const freshness = await readFreshness(deps)
      // One more than asked tells whether there are more.
      const rows = await readModel.members(group, state, after, limit + 1)
      const page = rows.slice(0, limit)
      const addresses = await queries.book.reveal(page.map(({ subject }) => subject))
      const items = page.map(
        ({ subject, kind, since, decisiveEventId, held, sendBlock }, index) => {
          const address = addresses[index]
          return {
            subject,
            kind,
            masked: address ? maskAddress(address) : null,
            state,
            since: since === null ? null : formatInstant(since),
            decisiveEventId,
            held,
            sendBlock,
          }
        },
      )
      tellPersons(request, items.length)
      const last: SubjectId | null = page.at(-1)?.subject ?? null
      return reply.send({ items, cursor: rows.length > limit ? last : null, freshness })
    },
  )
}

/** `GET /v1/groups/:id/counts`: how many came and went. */
export function groupCountRoutes(app: ZodApp, deps: Deps): void {
  const { queries, readModel } = deps
  app.get(
    '/v1/groups/:id/counts',
    {
      schema: {
        summary: 'Size and flow of a group per UTC day; the last 30 days unless asked otherwise',
        tags: ['groups'],
        params: groupParams,
        querystring: countsQuery,
        response: answers(countsAnswerSchema),
      },
    },
    async (request, reply) => {
      const today = utcDay(queries.now())
      const { to: asked = today } = request.query
      const { from = dayBefore(asked, countDays.byDefault - 1) } = request.query
      const days = daysBetween(from, asked)
      if (days < 1 || days > countDays.max) {
        throw invalidRequest('from', `expected 1 to ${countDays.max} days up to \`to\``)
      }
      // Of a day that is still to come nothing is known, not even that nobody will leave.
      const to = asked < today ? asked : today
      const group = knownGroup(deps, request.params.id)
      const freshness = await readFreshness(deps)
      const flows = await readModel.counts(group, '0000-01-01', to)
      return reply.send({ items: sizesByDay(flows, from, to), cursor: null, freshness })
    },
  )
}
