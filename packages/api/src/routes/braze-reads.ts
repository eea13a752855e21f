import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GroupId } from '@ledger/domain'
import type { Freshness, Look, ReadOptions } from '@ledger/read-models'
import { queryStates } from '@ledger/read-models'
import { freshnessAnswer } from '../answers.ts'
import { tellPersons } from '../access-log.ts'
import type { AppDeps } from '../app-deps.ts'
import type { BodyRefusal } from '../braze/entry.ts'
import { refusedStatus } from '../braze/failure.ts'
import { readUsersPage, readWhoseStatus } from '../braze/read-query.ts'
import { findUsers } from '../braze/users.ts'
import { statusWord } from '../braze/words.ts'
import { ownPosition } from '../own-position.ts'
import type { BrazeFailure } from '../schemas/braze.ts'
import { brazeAnswers, readHeaders, statusGetQuery, userStatusQuery } from '../schemas/braze.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'ledger' | 'queries' | 'reader'>

const refuse = (reply: FastifyReply, { message }: Pick<BodyRefusal, 'message'>): FastifyReply => {
  const failure: BrazeFailure = { message, errors: [message], code: 'invalid-request' }
  return reply.code(refusedStatus).send(failure)
}

const atLeastHeader = 'x-ledger-at-least'

function optionsOf({ headers }: FastifyRequest, { reader }: Deps): ReadOptions {
  const [sent] = [headers[atLeastHeader]].flat()
  return sent === undefined ? {} : { atLeast: ownPosition(sent, reader.logId, atLeastHeader) }
}

function freshnessHeaders(freshness: Freshness): Readonly<Record<string, string>> {
  const { asOf, lagMs, position, windowMs, withinWindow } = freshnessAnswer(freshness)
  return {
    'x-ledger-as-of': asOf,
    'x-ledger-lag-ms': String(lagMs),
    'x-ledger-window-ms': String(windowMs),
    'x-ledger-within-window': String(withinWindow),
    ...(position !== null && { 'x-ledger-position': position }),
  }
}

/**
 * Asks the read model, and the log itself where the read model is too old or does not know all
 * groups yet: these answers have no word for "stale", and must hold all the same.
 */
async function askFresh<Answer extends { readonly look: Look }>(
  { ledger }: Deps,
  options: ReadOptions,
  ask: (options: ReadOptions) => Promise<Answer>,
): Promise<Answer> {
  const answer = await ask(options)
  const { freshness, groups } = answer.look
  const isEveryGroupKnown = ledger.groups.list().every(({ id }) => groups.has(id))
  if (freshness.withinWindow && isEveryGroupKnown) return answer
  return ask({ ...options, consistency: 'strong' })
}

/** The doors that tell states. */
export function brazeReadRoutes(app: ZodApp, deps: Deps): void {
  app.get(
    '/subscription/status/get',
    {
      schema: {
        summary: 'Braze: the states of up to 50 users in one group',
        tags: ['braze'],
        headers: readHeaders,
        querystring: statusGetQuery,
        response: brazeAnswers.statuses,
      },
      // Queries come in several spellings; they are read by hand.
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const query = request.query as Readonly<Record<string, unknown>>
      const group = [query['subscription_group_id']].flat()[0]
      if (typeof group !== 'string' || group.trim() === '') {
        return refuse(reply, { message: 'subscription_group_id must be provided' })
      }
      const who = readWhoseStatus(query)
      if (!who.ok) return refuse(reply, who)
      const asked = {
        group: group.trim() as GroupId,
        addresses: who.asked.map(({ address }) => address),
      }
      const answer = await askFresh(deps, optionsOf(request, deps), (options) =>
        queryStates(deps.queries, { ...asked, ...options }),
      )
      if (answer.group === undefined) {
        return refuse(reply, { message: 'subscription_group_id: there is no such group' })
      }
      tellPersons(request, answer.results.length)
      const words = answer.results.map((result) => result.answer && statusWord(result.answer))
      const wrong = words.indexOf(null)
      if (wrong >= 0) {
        const name = who.asked[wrong]?.address.kind ?? 'id'
        return refuse(reply, { message: `${name}[${wrong}]: not an address of this kind` })
      }
      const status = Object.fromEntries(
        who.asked.map(({ text }, index) => [text, words[index] ?? 'Unknown']),
      )
      return reply
        .headers(freshnessHeaders(answer.look.freshness))
        .send({ status, message: 'success' })
    },
  )
  userStatusRoute(app, deps)
}

function userStatusRoute(app: ZodApp, deps: Deps): void {
  app.get(
    '/subscription/user/status',
    {
      schema: {
        summary: 'Braze: every group of a user, with its state',
        tags: ['braze'],
        headers: readHeaders,
        querystring: userStatusQuery,
        response: brazeAnswers.users,
      },
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const page = readUsersPage(request.query)
      if (!page.ok) return refuse(reply, page)
      const { asked, limit, offset } = page
      const { users, look } = await askFresh(deps, optionsOf(request, deps), (options) =>
        findUsers(deps.queries, asked, options),
      )
      tellPersons(request, users.length)
      return reply.headers(freshnessHeaders(look.freshness)).send({
        users: users.slice(offset, offset + limit),
        total_count: users.length,
        message: 'success',
      })
    },
  )
}
