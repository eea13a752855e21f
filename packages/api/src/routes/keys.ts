import { microsPerHour } from '@ledger/domain'
import { keyAnswer } from '../answers.ts'
import type { AppDeps } from '../app-deps.ts'
import { callerOf } from '../authorise.ts'
import { pageAfter } from '../page.ts'
import { RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import {
  createdKeySchema,
  keyListQuery,
  keyListSchema,
  keyParams,
  keySchema,
  newKeySchema,
  rotatedKeySchema,
  rotationBodySchema,
} from '../schemas/keys.ts'
import type { ZodApp } from '../zod-app.ts'

const tags = ['keys']
type Deps = Pick<AppDeps, 'keys' | 'logger'>

/** `/v1/keys`: who may open which door. */
export function keyRoutes(app: ZodApp, deps: Deps): void {
  addKeyReads(app, deps)
  addKeyChanges(app, deps)
}

function addKeyReads(app: ZodApp, { keys }: Deps): void {
  app.get(
    '/v1/keys',
    {
      schema: {
        summary: 'All keys, by id, without their secrets',
        tags,
        querystring: keyListQuery,
        response: answers(keyListSchema),
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const sorted = [...keys.list()].sort((a, b) => (a.id < b.id ? -1 : 1))
      const page = pageAfter(sorted, ({ id }) => cursor === undefined || id > cursor, limit)
      const next = page.hasMore ? (page.items.at(-1)?.id ?? null) : null
      return reply.send({ items: page.items.map(keyAnswer), cursor: next })
    },
  )
}

function addKeyChanges(app: ZodApp, { keys, logger }: Deps): void {
  app.post(
    '/v1/keys',
    {
      schema: {
        summary: 'Create a key; its text is in this answer and nowhere else',
        tags,
        body: newKeySchema,
        response: answers(createdKeySchema),
      },
    },
    async (request, reply) => {
      const { name, scopes, sources = null, expiresAt = null } = request.body
      const { key, text } = await keys.create({ name, scopes, sources, expiresAt })
      const { keyId: by } = callerOf(request)
      logger.info({ keyId: key.id, scopes, by }, 'key created')
      return reply.send({ ...keyAnswer(key), key: text })
    },
  )

  app.post(
    '/v1/keys/:id/revoke',
    {
      schema: {
        summary: 'Revoke a key for ever',
        tags,
        params: keyParams,
        response: answers(keySchema),
      },
    },
    async (request, reply) => {
      const key = await keys.revoke(request.params.id)
      if (key === null) throw new RequestRefused('unknown-key')
      logger.info({ keyId: key.id, by: callerOf(request).keyId }, 'key revoked')
      return reply.send(keyAnswer(key))
    },
  )

  app.post(
    '/v1/keys/:id/rotate',
    {
      schema: {
        summary: 'Make a successor of a key; the old one ends after the overlap',
        tags,
        params: keyParams,
        body: rotationBodySchema,
        response: answers(rotatedKeySchema),
      },
    },
    async (request, reply) => {
      const hours = request.body?.overlapHours ?? overlapHoursByDefault
      const rotation = await keys.rotate(request.params.id, hours * microsPerHour)
      if (!rotation.ok) throw new RequestRefused(rotation.code)
      const { key, text, old } = rotation
      const { keyId: by } = callerOf(request)
      logger.info({ keyId: old.id, successor: key.id, hours, by }, 'key rotated')
      return reply.send({ ...keyAnswer(key), key: text, old: keyAnswer(old) })
    },
  )
}

/** Long enough for a client to be given its new key on the next working day. */
const overlapHoursByDefault = 24
