import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from '@ledger/runtime'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of how many persons the answer tells. */
    personsTold: number
  }
}

type Tells = 'persons' | 'logged by itself' | 'answers' | 'nothing'

/**
 * What each locked door tells of persons. `persons`: who somebody is, or what one said and when;
 * every such read is logged here. `logged by itself`: the same; the door itself says in the log
 * what it handed out. `answers`: what is asked before each send, of addresses that the asker holds,
 * and pseudonymous feeds; a line for each would drown the others.
 */
const tells: Readonly<Record<string, Tells>> = {
  'POST /v1/signals': 'nothing',
  'POST /sources/in-person/:name': 'nothing',
  'POST /sources/failures/:name': 'nothing',
  'POST /v1/tokens': 'nothing',
  'PUT /v1/groups/:id': 'nothing',
  'GET /v1/groups/:id': 'nothing',
  'GET /v1/groups': 'nothing',
  'GET /v1/groups/:id/members': 'persons',
  'GET /v1/groups/:id/counts': 'nothing',
  'POST /v1/groups/:id/archive': 'nothing',
  'POST /v1/groups/:id/reopen': 'nothing',
  'POST /v1/state': 'persons',
  'POST /v1/permissions': 'answers',
  'POST /v1/subjects/lookup': 'persons',
  'GET /v1/subjects/:id/history': 'persons',
  'GET /v1/changes': 'answers',
  'GET /v1/reviews': 'answers',
  'POST /v1/rebuild': 'nothing',
  'GET /v1/rebuild': 'nothing',
  'DELETE /v1/rebuild': 'nothing',
  'GET /v1/keys': 'nothing',
  'POST /v1/keys': 'nothing',
  'POST /v1/keys/:id/revoke': 'nothing',
  'POST /v1/keys/:id/rotate': 'nothing',
  'POST /v1/groups/:id/export': 'logged by itself',
  'POST /v1/subjects/export': 'logged by itself',
  'GET /v1/reviews/:id': 'logged by itself',
  'POST /v1/reviews/:id': 'nothing',
  'POST /v1/reviews/:id/replay': 'nothing',
  'GET /v1/parked': 'nothing',
  'POST /v1/parked/:position/retry': 'nothing',
  'GET /subscription/status/get': 'persons',
  'GET /subscription/user/status': 'persons',
  'POST /subscription/status/set': 'nothing',
  'POST /v2/subscription/status/set': 'nothing',
  'POST /users/track': 'nothing',
  'POST /users/track/sync': 'nothing',
  'POST /email/status': 'nothing',
}

/** What a locked door tells of persons; undefined for one that nobody has thought about. */
export const tellsOf = (door: string) => (Object.hasOwn(tells, door) ? tells[door] : undefined)

/** Says of how many persons the answer to this request tells. */
export function tellPersons(request: FastifyRequest, count: number): void {
  request.personsTold = count
}

/**
 * Logs who read of persons at which door, and of how many: never of whom. Refused reads are logged
 * where they are refused.
 */
export function logAccess(app: FastifyInstance, logger: Logger): void {
  app.decorateRequest('personsTold', 0)
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      const door = `${method === 'HEAD' ? 'GET' : method} ${route.url}`
      if (tellsOf(door) !== 'persons') continue
      route.onResponse = [
        ...[route.onResponse ?? []].flat(),
        ({ caller, personsTold }, reply, done) => {
          const fields = { door, keyId: caller?.keyId, status: reply.statusCode }
          if (caller !== null) logger.info({ ...fields, persons: personsTold }, 'persons were read')
          done()
        },
      ]
    }
  })
}
