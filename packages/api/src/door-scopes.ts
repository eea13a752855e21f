import * as z from 'zod'

/** What a key may do. `admin` may do all of it. */
export const keyScopeSchema = z.enum(['intake', 'query', 'audit', 'review', 'admin'])
export type KeyScope = z.infer<typeof keyScopeSchema>

/** The scope each door asks for, or those of which one is enough; null: it asks for no key. */
export const doorScopes: Readonly<Record<string, KeyScope | readonly KeyScope[] | null>> = {
  'POST /v1/signals': 'intake',
  'POST /sources/in-person/:name': 'intake',
  'POST /sources/failures/:name': 'intake',
  // A provider has no key of ours: it authenticates itself, by the signature of what it sends.
  'POST /sources/:provider/:name': null,
  'GET /sources/:provider/:name': null,
  // What clients of Braze ask.
  'POST /subscription/status/set': 'intake',
  'POST /v2/subscription/status/set': 'intake',
  'GET /subscription/status/get': 'query',
  'GET /subscription/user/status': 'query',
  'POST /users/track': 'intake',
  'POST /users/track/sync': 'intake',
  'POST /email/status': 'intake',
  // The link is the key: it was sent to the one person who may use it.
  'GET /u/:token': null,
  'POST /u/:token': null,
  'POST /v1/tokens': 'intake',
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
  // Auditors and reviewers come with an address, and histories are found by subject.
  'POST /v1/subjects/lookup': ['query', 'audit', 'review'],
  'GET /v1/subjects/:id/history': ['audit', 'review'],
  'POST /v1/subjects/export': 'audit',
  'GET /v1/changes': 'query',
  'GET /v1/reviews': ['audit', 'review'],
  // To decide one must read what was said; whoever does both needs no key that makes keys.
  'GET /v1/reviews/:id': 'review',
  'POST /v1/reviews/:id': 'review',
  'GET /v1/parked': 'admin',
  'POST /v1/parked/:position/retry': 'admin',
  'POST /v1/reviews/:id/replay': 'admin',
  'POST /v1/rebuild': 'admin',
  'GET /v1/rebuild': 'admin',
  'DELETE /v1/rebuild': 'admin',
  'GET /v1/keys': 'admin',
  'POST /v1/keys': 'admin',
  'POST /v1/keys/:id/revoke': 'admin',
  'POST /v1/keys/:id/rotate': 'admin',
  // What an orchestrator and a scraper ask, and what describes the doors, says nothing of any
  // person.
  'GET /healthz': null,
  'GET /readyz': null,
  'GET /metrics': null,
  'GET /openapi.json': null,
  'GET /docs': null,
}

/**
 * The scopes of which a route asks for one; null when it asks for no key. A route that is not in
 * the table is a bug and stops the start.
 */
export function scopesOfDoor(method: string, url: string): readonly KeyScope[] | null {
  // HEAD is answered where GET is, and the page at /docs brings its own files.
  const asked = method === 'HEAD' ? 'GET' : method
  const door = asked === 'GET' && url.startsWith('/docs/') ? 'GET /docs' : `${asked} ${url}`
  const scope = doorScopes[door]
  if (scope === undefined) throw new Error(`${door} is not in the table of doors`)
  return scope === null ? null : [scope].flat()
}
