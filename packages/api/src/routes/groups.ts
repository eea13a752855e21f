import type { GroupId } from '@ledger/domain'
import type { GroupChange } from '@ledger/ledger'
import { groupAnswer } from '../answers.ts'
import type { AppDeps } from '../app-deps.ts'
import { createTurns } from '../turns.ts'
import { pageAfter } from '../page.ts'
import { RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import {
  groupBodySchema,
  groupListQuery,
  groupListSchema,
  groupParams,
  groupSchema,
  newGroupParams,
  writtenGroupSchema,
} from '../schemas/groups.ts'
import type { ZodApp } from '../zod-app.ts'

function writtenAnswer(change: GroupChange) {
  if (change.ok) return { ...groupAnswer(change.group), position: change.position }
  if (change.code === 'unknown-group') throw new RequestRefused('unknown-group')
  const field = change.fields.join(',')
  throw new RequestRefused('fixed-field', { field, detail: `${field} cannot be changed` })
}

type Groups = AppDeps['ledger']['groups']
type InTurn = ReturnType<typeof createTurns>

/** `/v1/groups`: what people subscribe to. */
export function groupRoutes(app: ZodApp, { ledger: { groups } }: Pick<AppDeps, 'ledger'>): void {
  // All groups share one stream and each change expects its revision: in turn, none has to try
  // again.
  const inTurn = createTurns()

  addGroupReads(app, groups)
  addGroupChanges(app, groups, inTurn)
}

function addGroupReads(app: ZodApp, groups: Groups): void {
  app.get(
    '/v1/groups/:id',
    {
      schema: {
        summary: 'One group',
        tags: ['groups'],
        params: groupParams,
        response: answers(groupSchema),
      },
    },
    async (request, reply) => {
      const group = groups.get(request.params.id as GroupId)
      if (group === undefined) throw new RequestRefused('unknown-group')
      return reply.send(groupAnswer(group))
    },
  )

  app.get(
    '/v1/groups',
    {
      schema: {
        summary: 'All groups, by id',
        tags: ['groups'],
        querystring: groupListQuery,
        response: answers(groupListSchema),
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const page = pageAfter(groups.list(), ({ id }) => cursor === undefined || id > cursor, limit)
      const next = page.hasMore ? (page.items.at(-1)?.id ?? null) : null
      return reply.send({ items: page.items.map(groupAnswer), cursor: next })
    },
  )
}

function addGroupChanges(app: ZodApp, groups: Groups, inTurn: InTurn): void {
  app.put(
    '/v1/groups/:id',
    {
      schema: {
        summary: 'Create a group, or change what may change',
        tags: ['groups'],
        params: newGroupParams,
        body: groupBodySchema,
        response: answers(writtenGroupSchema),
      },
    },
    async (request, reply) => {
      const id = request.params.id as GroupId
      return reply.send(writtenAnswer(await inTurn(() => groups.define(id, request.body))))
    },
  )

  for (const action of ['archive', 'reopen'] as const) {
    app.post(
      `/v1/groups/:id/${action}`,
      {
        schema: {
          summary: action === 'archive' ? 'Archive a group: nobody is messaged' : 'Reopen a group',
          tags: ['groups'],
          params: groupParams,
          response: answers(writtenGroupSchema),
        },
      },
      async (request, reply) => {
        const id = request.params.id as GroupId
        return reply.send(writtenAnswer(await inTurn(() => groups[action](id))))
      },
    )
  }
}
