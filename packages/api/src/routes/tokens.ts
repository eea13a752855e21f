import type { FastifyRequest } from 'fastify'
import type { Address, GroupId, Micros, Scope } from '@ledger/domain'
import {
  addressSchema,
  microsPerDay,
  normaliseAddress,
  problemCodes,
  scopeKey,
} from '@ledger/domain'
import type { AppDeps } from '../app-deps.ts'
import { callerOf } from '../authorise.ts'
import { itemsMax } from '../limits.ts'
import { linkSource } from '../links/link-desk.ts'
import type { LinkPurpose } from '../links/link-token.ts'
import { linkBase, mintLink } from '../links/link-url.ts'
import { invalidRequest, RequestRefused } from '../problem.ts'
import type { TokenResult } from '../schemas/links.ts'
import { tokensAnswerSchema, tokensBodySchema } from '../schemas/links.ts'
import { answers } from '../schemas/problems.ts'
import { isDeeperThan } from '../take-signals.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'ledger' | 'queries' | 'publicUrl'>

/** How long a link lasts unless its maker says less, and at most; null: for ever. */
const lifetimeDays: Readonly<
  Record<LinkPurpose, { readonly byDefault: number; readonly max: number } | null>
> = {
  // The law gives 30 to 60 days at least, and a leaked link can only opt out.
  unsubscribe: null,
  preferences: { byDefault: 30, max: 366 },
  confirm: { byDefault: 7, max: 7 },
}

function endOf(purpose: LinkPurpose, wanted: Micros | undefined, now: Micros): Micros | null {
  const lifetime = lifetimeDays[purpose]
  if (lifetime === null) {
    if (wanted === undefined) return null
    throw invalidRequest('expiresAt', 'a link to unsubscribe never runs out')
  }
  if (wanted === undefined) return now + lifetime.byDefault * microsPerDay
  if (wanted > now && wanted <= now + lifetime.max * microsPerDay) return wanted
  const detail = `expected an instant from now on, at most ${lifetime.max} days ahead`
  throw invalidRequest('expiresAt', detail)
}

/** A misspelt group would make a thousand links that do nothing. */
function checkScope({ ledger }: Deps, purpose: LinkPurpose, scope: Scope): void {
  if (!('group' in scope)) {
    if (purpose !== 'confirm') return
    throw invalidRequest('scope', 'expected a group: what is confirmed is one group')
  }
  if (ledger.groups.get(scope.group as GroupId) === undefined) {
    throw new RequestRefused('unknown-group', { field: 'scope.group' })
  }
}

/** Links act for people, so a key that may speak for some sources only must name theirs. */
function checkCaller(request: FastifyRequest): void {
  const { sources } = callerOf(request)
  if (sources === null || sources.has(linkSource)) return
  throw new RequestRefused('wrong-scope', {
    detail: `the key is bound to sources, and ${linkSource} is not one of them`,
  })
}

/** `POST /v1/tokens`: links for messages, up to a thousand at a time. */
export function tokenRoutes(app: ZodApp, deps: Deps): void {
  app.post(
    '/v1/tokens',
    {
      schema: {
        summary: 'Make links to unsubscribe, to choose or to confirm, one for each address',
        tags: ['links'],
        body: tokensBodySchema,
        response: answers(tokensAnswerSchema),
      },
    },
    async (request, reply) => {
      checkCaller(request)
      const { purpose, scope, addresses } = request.body
      if (addresses.length > itemsMax.addresses) throw new RequestRefused('too-many-items')
      checkScope(deps, purpose, scope)
      const expiresAt = endOf(purpose, request.body.expiresAt, deps.queries.now())
      const base = linkBase(deps.publicUrl, request)
      const results = addresses.map((asked): TokenResult => {
        const address = reachable(asked)
        if (address === null) return { address: echo(asked), problem: invalidAddress }
        const link = { purpose, address, scope: scopeKey(scope), expiresAt }
        const minted = mintLink(deps.ledger.keyring, base, link)
        return { address: asked, ...minted, ...headersOf(purpose, minted.url) }
      })
      return reply.send({ results })
    },
  )
}

const echoDepthMax = 8
const echo = (asked: unknown): unknown => (isDeeperThan(echoDepthMax, asked) ? null : asked)

const invalidAddress = { code: 'invalid-address', detail: problemCodes['invalid-address'] }

function reachable(asked: unknown): Address | null {
  const address = addressSchema.safeParse(asked).data
  return address !== undefined && normaliseAddress(address).isParsable ? address : null
}

/** RFC 8058 allows https only. */
function headersOf(purpose: LinkPurpose, url: string) {
  if (purpose === 'confirm' || !url.startsWith('https:')) return {}
  const headers = {
    'List-Unsubscribe': `<${url}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  }
  return { headers }
}
