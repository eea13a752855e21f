import * as z from 'zod'

/** What a key may do. `admin` may do all of it. */
export const keyScopeSchema = z.enum(['intake', 'query', 'audit', 'admin'])
export type KeyScope = z.infer<typeof keyScopeSchema>

/** The scope each door asks for; null where it asks for no key. */
export const doorScopes: Readonly<Record<string, KeyScope | null>> = {
  'POST /v1/signals': 'intake',
  'POST /sources/in-person/:name': 'intake',
  // What clients of Braze ask.
  'POST /subscription/status/set': 'intake',
  'POST /v2/subscription/status/set': 'intake',
  'GET /subscription/status/get': 'query',
  'GET /subscription/user/status': 'query',
  'POST /users/track': 'intake',
  'POST /users/track/sync': 'intake',
  'POST /email/status': 'intake',
  'PUT /v1/groups/:id': 'admin',
  'GET /v1/groups/:id': 'query',
  'GET /v1/groups': 'query',
  'GET /v1/groups/:id/members': 'query',
  'GET /v1/groups/:id/counts': 'query',
  'POST /v1/groups/:id/export': 'admin',
  'POST /v1/groups/:id/archive': 'admin',
  'POST /v1/groups/:id/reopen': 'admin',
  'POST /v1/state': 'query',
  'POST /v1/permissions': 'query',
  'POST /v1/subjects/lookup': 'query',
  'GET /v1/subjects/:id/history': 'audit',
  'POST /v1/subjects/export': 'audit',
  'GET /v1/changes': 'query',
  'GET /v1/reviews': 'audit',
  'POST /v1/rebuild': 'admin',
  'GET /v1/rebuild': 'admin',
  'DELETE /v1/rebuild': 'admin',
  'GET /v1/keys': 'admin',
  'POST /v1/keys': 'admin',
  'POST /v1/keys/:id/revoke': 'admin',
  // What an orchestrator and a scraper ask, and what describes the doors, says nothing of any
  // person.
  'GET /healthz': null,
  'GET /readyz': null,
  'GET /metrics': null,
  'GET /openapi.json': null,
  'GET /docs': null,
}

/** The scope a route asks for. A route that is not in the table is a bug and stops the start. */
export function scopeOfDoor(method: string, url: string): KeyScope | null {
  // HEAD is answered where GET is, and the page at /docs brings its own files.
  const asked = method === 'HEAD' ? 'GET' : method
  const door = asked === 'GET' && url.startsWith('/docs/') ? 'GET /docs' : `${asked} ${url}`
  const scope = doorScopes[door]
  if (scope === undefined) throw new Error(`${door} is not in the table of doors`)
  return scope
}
