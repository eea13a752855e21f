import type { Address, GroupId, Micros, Position } from '@ledger/domain'
import { addressSchema, parseInstant, problemCodes } from '@ledger/domain'
import type { GroupQuery, PermissionResult, StateResult } from '@ledger/read-models'
import { queryPermissions, queryStates } from '@ledger/read-models'
import { tellPersons } from '../access-log.ts'
import { freshnessAnswer, stateAnswer } from '../answers.ts'
import type { AppDeps } from '../app-deps.ts'
import { itemsMax } from '../limits.ts'
import { isPosition, ownPosition } from '../own-position.ts'
import { invalidRequest, RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import type {
  PermissionResultAnswer,
  PermissionsBody,
  StateBody,
  StateResultAnswer,
} from '../schemas/group-questions.ts'
import {
  permissionsAnswerSchema,
  permissionsBodySchema,
  stateAnswerSchema,
  stateBodySchema,
} from '../schemas/group-questions.ts'
import { isDeeperThan } from '../take-signals.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'ledger' | 'queries' | 'reader'>

/** Each address as it was asked; null in the place of one that is none. */
function readAddresses(asked: readonly unknown[]): readonly (Address | null)[] {
  if (asked.length > itemsMax.addresses) throw new RequestRefused('too-many-items')
  return asked.map((each) => addressSchema.safeParse(each).data ?? null)
}

/** What was asked in the place of an address, unless it is too deep to be said again. */
const echoDepthMax = 8
const echo = (asked: unknown): unknown => (isDeeperThan(echoDepthMax, asked) ? null : asked)

function knownAtOf(text: string, logId: string): Micros | Position {
  const at = parseInstant(text)
  if (at !== null) return at
  if (isPosition(text)) return ownPosition(text, logId, 'knownAt')
  throw invalidRequest('knownAt', 'expected an RFC 3339 instant with an offset, or a position')
}

function queryOf(
  { reader }: Deps,
  body: PermissionsBody & Partial<StateBody>,
  addresses: readonly (Address | null)[],
): GroupQuery {
  const { group, at, knownAt, atLeast, consistency } = body
  const { logId } = reader
  return {
    group: group as GroupId,
    addresses: addresses.filter((address) => address !== null),
    atLeast: atLeast === undefined ? undefined : ownPosition(atLeast, logId, 'atLeast'),
    consistency,
    at,
    knownAt: knownAt === undefined ? undefined : knownAtOf(knownAt, logId),
  }
}

/**
 * Asks once more at the log itself when the read model does not know the group but the ledger
 * does: it was created a moment ago, and "no such group" would be untrue.
 */
async function askAgainForNew<Answer>(
  { ledger }: Deps,
  query: GroupQuery,
  ask: (query: GroupQuery) => Promise<Answer>,
  hasGroup: (answer: Answer) => boolean,
): Promise<Answer> {
  const answer = await ask(query)
  if (hasGroup(answer) || ledger.groups.get(query.group) === undefined) return answer
  return ask({ ...query, consistency: 'strong' })
}

const invalidAddress = {
  code: 'invalid-address',
  detail: `${problemCodes['invalid-address']} Expected { kind, value }; a phone in E.164.`,
}

const stateResult = (address: unknown, answer: StateResult['answer']): StateResultAnswer =>
  answer === null ? { address, problem: invalidAddress } : { address, ...stateAnswer(answer) }

function permissionResult(
  address: unknown,
  result: PermissionResult | null,
  policyVersion: string,
): PermissionResultAnswer {
  return {
    address,
    permitted: result?.permitted ?? false,
    reason: result?.reason ?? 'invalid-address',
    state: result?.answer?.state ?? null,
    decisiveEventId: result?.answer?.decisiveEventId ?? null,
    policyVersion,
  }
}

/** Puts the results of the readable addresses back among all that were asked. */
function inPlace<Result, Answer>(
  asked: readonly unknown[],
  addresses: readonly (Address | null)[],
  results: readonly Result[],
  say: (address: unknown, result: Result | null) => Answer,
): Answer[] {
  let next = 0
  return addresses.map((address, index) => {
    if (address === null) return say(echo(asked[index]), null)
    const result = results[next] ?? null
    next += 1
    return say(address, result)
  })
}

/** `POST /v1/state` and `POST /v1/permissions`: one group, up to a thousand addresses. */
export function groupQuestionRoutes(app: ZodApp, deps: Deps): void {
  app.post(
    '/v1/state',
    {
      schema: {
        summary: 'The state of addresses in one group, also as of another time',
        tags: ['query'],
        body: stateBodySchema,
        response: answers(stateAnswerSchema),
      },
    },
    async (request, reply) => {
      const { body } = request
      const addresses = readAddresses(body.addresses)
      const query = queryOf(deps, body, addresses)
      const { group, results, look } = await askAgainForNew(
        deps,
        query,
        (asked) => queryStates(deps.queries, asked),
        (answer) => answer.group !== undefined,
      )
      if (group === undefined) throw new RequestRefused('unknown-group', { field: 'group' })
      tellPersons(request, results.length)
      return reply.send({
        results: inPlace(body.addresses, addresses, results, (address, result) =>
          stateResult(address, result?.answer ?? null),
        ),
        freshness: freshnessAnswer(look.freshness),
      })
    },
  )

  app.post(
    '/v1/permissions',
    {
      schema: {
        summary: 'May these addresses be messaged on this group? Ask before each send',
        tags: ['query'],
        body: permissionsBodySchema,
        response: answers(permissionsAnswerSchema),
      },
    },
    async (request, reply) => {
      const { body } = request
      const addresses = readAddresses(body.addresses)
      const query = queryOf(deps, body, addresses)
      const { results, look } = await askAgainForNew(
        deps,
        query,
        (asked) => queryPermissions(deps.queries, asked),
        (answer) => answer.look.groups.has(query.group),
      )
      const { version } = deps.ledger.policy
      return reply.send({
        results: inPlace(body.addresses, addresses, results, (address, result) =>
          permissionResult(address, result, version),
        ),
        freshness: freshnessAnswer(look.freshness),
      })
    },
  )
}
