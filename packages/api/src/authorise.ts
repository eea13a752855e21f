import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Logger, Metrics } from '@ledger/runtime'
import type { KeyScope } from './door-scopes.ts'
import { scopesOfDoor } from './door-scopes.ts'
import type { Caller, KeyRing } from './keys.ts'
import { RequestRefused } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null at a door that needs no key. */
    caller: Caller | null
  }
}

/** The caller of a door that needs a key. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('asked for the caller of an open door')
  return request.caller
}

/**
 * Puts a lock on every door that the table locks, before its body is read. It is put on as the
 * route is made, so that no door can be forgotten: one that is not in the table cannot be made.
 */
export function lockDoors(
  app: FastifyInstance,
  { keys, metrics, logger }: { keys: KeyRing; metrics: Metrics; logger: Logger },
): void {
  const refusals = metrics.counter({
    name: 'ledger_key_refusals_total',
    help: 'Requests refused for their key, by reason.',
    labels: ['reason'],
  })
  app.decorateRequest('caller', null)
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      const scopes = scopesOfDoor(method, route.url)
      if (scopes !== null) addLock(route, scopes)
    }
  })

  const addLock = (route: RouteOptions, scopes: readonly KeyScope[]): void => {
    const needed = scopes.join(' or ')
    const opening = [...scopes, 'admin'] as const
    const door = `${[route.method].flat().join()} ${route.url}`
    route.onRequest = [
      ...[route.onRequest ?? []].flat(),
      (request, _reply, done) => {
        const caller = keys.callerOf(request.headers.authorization, request.raw.socket)
        if (caller === null) {
          refusals.add({ reason: 'no-key' })
          logger.info({ door, code: 'no-key' }, 'refused')
          done(new RequestRefused('no-key'))
          return
        }
        if (!opening.some((scope) => caller.scopes.has(scope))) {
          refusals.add({ reason: 'wrong-scope' })
          logger.info({ door, code: 'wrong-scope', keyId: caller.keyId }, 'refused')
          done(new RequestRefused('wrong-scope', { detail: `this door needs the scope ${needed}` }))
          return
        }
        request.caller = caller
        done()
      },
    ]
  }
}
