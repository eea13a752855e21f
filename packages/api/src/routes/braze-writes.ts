import { createHash, randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppDeps } from '../app-deps.ts'
import { callerOf } from '../authorise.ts'
import type { BodyRefusal, Complaint, ReadBody, Said } from '../braze/entry.ts'
import { refusedStatus } from '../braze/failure.ts'
import { readEmailStatus, readSet, readSetMany } from '../braze/read-set.ts'
import type { ReadTrack } from '../braze/read-track.ts'
import { placeInAttributes, readTrack, trackedArrays } from '../braze/read-track.ts'
import type { Recorded } from '../braze/record-body.ts'
import { recordBody } from '../braze/record-body.ts'
import { brazeSource } from '../braze/sentences.ts'
import { RequestRefused } from '../problem.ts'
import type { BrazeError, BrazeFailure, TrackWritten } from '../schemas/braze.ts'
import {
  brazeAnswers,
  emailStatusBodySchema,
  setBodySchema,
  setManyBodySchema,
  trackBodySchema,
  writeHeaders,
} from '../schemas/braze.ts'
import type { SignalDesk } from '../take-signals.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'ledger' | 'queries'>

const keyLengthMax = 256

/**
 * What makes the ids of a request's events. Braze has no idempotency, so without a key each request
 * is one of its own. Two doors may be given the same key by accident; what they say differs.
 */
function requestIdOf({ headers, routeOptions }: FastifyRequest): string {
  const [sent = ''] = [headers['idempotency-key'] ?? ''].flat()
  if (sent === '') return randomUUID()
  const isShort = sent.length <= keyLengthMax
  const key = isShort ? sent : createHash('sha256').update(sent, 'utf8').digest('hex')
  return `${routeOptions.url ?? ''} ${key}`
}

async function recordRequest(
  deps: Deps,
  desk: SignalDesk,
  request: FastifyRequest,
  said: Said,
): Promise<Recorded> {
  const caller = callerOf(request)
  if (caller.sources !== null && !caller.sources.has(brazeSource)) {
    throw new RequestRefused('wrong-scope', {
      detail: `this key is bound to other sources than ${brazeSource}`,
    })
  }
  const recording = { desk, queries: deps.queries, groups: deps.ledger.groups }
  return recordBody(recording, said, requestIdOf(request), caller)
}

const textOf = ({ path, text }: Complaint): string => `${path}: ${text}`

function refuse(reply: FastifyReply, message: string, errors: readonly BrazeError[]): FastifyReply {
  const failure: BrazeFailure = { message, errors, code: 'invalid-request' }
  return reply.code(refusedStatus).send(failure)
}

const refuseBody = (reply: FastifyReply, { message }: BodyRefusal): FastifyReply =>
  refuse(reply, message, [message])

const sayWhere = (reply: FastifyReply, { position }: Recorded): FastifyReply =>
  position === null ? reply : reply.header('x-ledger-position', position)

/** A door that says what it takes, and reads each part of it by itself. */
const described = <Schema extends object>(schema: Schema) => ({
  schema: { ...schema, tags: ['braze'], headers: writeHeaders },
  // A bad part leaves its neighbours as they are.
  validatorCompiler: () => () => true,
})

/** The doors that set states, and nothing else. */
export function brazeWriteRoutes(app: ZodApp, deps: Deps, desk: SignalDesk): void {
  const set = (url: string, summary: string, body: object, read: (body: unknown) => ReadBody) =>
    app.post(
      url,
      described({ summary, body, response: brazeAnswers.written }),
      async (request, reply) => {
        const sent = read(request.body)
        if (!sent.ok) return refuseBody(reply, sent)
        const recorded = await recordRequest(deps, desk, request, sent)
        sayWhere(reply, recorded)
        const errors = recorded.complaints.map(textOf)
        const isAnyHeeded = recorded.heeded.some(({ entry }) => entry !== null)
        if (!isAnyHeeded) return refuse(reply, errors[0] ?? 'Nothing to do', errors)
        return reply.code(201).send({ message: 'success', ...(errors.length > 0 && { errors }) })
      },
    )
  set(
    '/subscription/status/set',
    'Braze: set the state of up to 50 users in one group',
    setBodySchema,
    readSet,
  )
  set(
    '/v2/subscription/status/set',
    'Braze: set the states of users in several groups',
    setManyBodySchema,
    readSetMany,
  )
  set(
    '/email/status',
    'Braze: set the global state of e-mail addresses',
    emailStatusBodySchema,
    readEmailStatus,
  )
  trackRoutes(app, deps, desk)
}

type Tracked = Extract<ReadTrack, { ok: true }>

function errorOf({ path, text }: Complaint) {
  const { index, rest } = placeInAttributes(path)
  return { type: rest === '' ? text : `${rest}: ${text}`, input_array: 'attributes', index }
}

/** How many objects of each array are on their way: all but those of which nothing took effect. */
function processed({ counts }: Tracked, { complaints, heeded }: Recorded) {
  const objectsOf = (parts: readonly { readonly path: string }[]): ReadonlySet<number> =>
    new Set(parts.map(({ path }) => placeInAttributes(path).index))
  const failed = objectsOf(complaints).difference(objectsOf(heeded)).size
  return trackedArrays.flatMap((name) => {
    const sent = counts[name]
    if (sent === undefined) return []
    return [[`${name}_processed`, name === 'attributes' ? sent - failed : sent] as const]
  })
}

function trackRoutes(app: ZodApp, deps: Deps, desk: SignalDesk): void {
  const track = (
    url: string,
    summary: string,
    objectsMax: number,
    isVisibleWhenAnswered: boolean,
  ) =>
    app.post(
      url,
      described({ summary, body: trackBodySchema, response: brazeAnswers.tracked }),
      async (request, reply) => {
        const sent = readTrack(request.body, { objectsMax })
        if (!sent.ok) return refuseBody(reply, sent)
        const recorded = await recordRequest(deps, desk, request, sent)
        const { position } = recorded
        if (isVisibleWhenAnswered && position !== null) {
          await deps.queries.visibility.waitFor(position)
        }
        sayWhere(reply, recorded)
        const errors = recorded.complaints.map(errorOf)
        const counts = processed(sent, recorded)
        if (counts.every(([, count]) => count === 0)) {
          return refuse(reply, errors[0]?.type ?? 'Nothing to do', errors)
        }
        const answer: TrackWritten = {
          message: 'success',
          ...Object.fromEntries(counts),
          ...(errors.length > 0 && { errors }),
        }
        return reply.code(201).send(answer)
      },
    )
  track('/users/track', 'Braze: subscription states of up to 75 profiles', Infinity, false)
  track('/users/track/sync', 'Braze: one profile, visible when it is answered', 1, true)
}
