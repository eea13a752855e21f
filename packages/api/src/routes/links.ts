import type { FastifyReply, FastifyRequest } from 'fastify'
import { Outage } from '@ledger/ledger'
import type { AppDeps } from '../app-deps.ts'
import { takeAnyBody } from '../body-parsers.ts'
import { bodyBytesMax } from '../limits.ts'
import type { LinkAnswer } from '../links/answer-link.ts'
import { openLinkAnswers } from '../links/answer-link.ts'
import type { Browser } from '../links/link-desk.ts'
import { openLinkDesk } from '../links/link-desk.ts'
import { invalidPage, outagePage, pageHeaders } from '../links/link-pages.ts'
import type { Link } from '../links/link-token.ts'
import { openToken } from '../links/link-token.ts'
import { linkBase } from '../links/link-url.ts'
import { readForm } from '../links/read-form.ts'
import { linkAnswerSchema, linkParams } from '../schemas/links.ts'
import { answers } from '../schemas/problems.ts'
import type { SignalDesk } from '../take-signals.ts'
import type { ZodApp } from '../zod-app.ts'

type Request = FastifyRequest<{ Params: { token: string } }>

const invalid: LinkAnswer = { status: 404, html: invalidPage(), outcome: 'invalid' }
const outage: LinkAnswer = { status: 503, html: outagePage(), outcome: 'outage' }

const schemaOf = (summary: string) => ({
  summary,
  tags: ['links'],
  params: linkParams,
  response: answers(linkAnswerSchema),
})

/**
 * `GET` and `POST /u/:token`: links in messages. GET changes nothing, because mail software opens
 * links; POST asks for no cookie, no origin and no key, because a mailbox provider brings none
 * (RFC 8058). The token is all the authority there is, and stands in no log and no metric.
 */
export function linkRoutes(app: ZodApp, deps: AppDeps, signals: SignalDesk): void {
  const desk = openLinkDesk(deps, signals)
  const { show, act } = openLinkAnswers(deps, desk)
  const uses = deps.metrics.counter({
    name: 'ledger_links_total',
    help: 'Uses of links in messages, by purpose and outcome.',
    labels: ['purpose', 'outcome'],
  })
  takeAnyBody(app)

  const send = (reply: FastifyReply, purpose: string, said: LinkAnswer) => {
    const { status, html, outcome, isPlain = false } = said
    uses.add({ purpose, outcome })
    if (status === outage.status) reply.header('retry-after', '5')
    reply.code(status).headers(pageHeaders)
    if (isPlain) reply.type('text/plain; charset=utf-8')
    return reply.send(html)
  }

  const orOutage = (error: unknown): LinkAnswer => {
    if (!(error instanceof Outage)) throw error
    deps.logger.warn({ route: '/u/:token', code: error.code }, 'a link met an outage')
    return outage
  }

  const answer = async (
    request: Request,
    reply: FastifyReply,
    work: (link: Link) => Promise<LinkAnswer>,
  ) => {
    const link = openToken(deps.ledger.keyring, request.params.token)
    const said = link === null ? invalid : await work(link).catch(orOutage)
    return send(reply, link?.purpose ?? 'unknown', said)
  }

  const serializerCompiler = () => (sent: unknown) => String(sent)
  const options = { bodyLimit: bodyBytesMax.link, serializerCompiler }
  const getSchema = schemaOf('The page of a link in a message; changes nothing')
  app.get('/u/:token', { ...options, schema: getSchema }, (request, reply) =>
    answer(request, reply, show),
  )
  const postSchema = schemaOf('One-click unsubscribe (RFC 8058), or a button of the link’s page')
  app.post('/u/:token', { ...options, schema: postSchema }, async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
    const form = await readForm(request.headers['content-type'] ?? '', body)
    return answer(request, reply, async (link) => {
      if (form.isOneClick) {
        // A proxy of the mailbox provider sends this: where it comes from says nothing.
        await desk.optOut(link, link.scope, 'one-click', { encoding: form.encoding })
        return { status: 200, html: oneClickText, outcome: 'opted-out', isPlain: true }
      }
      const pressed = { browser: browserOf(request), formUrl: linkBase(deps.publicUrl, request) }
      return act(link, form, pressed)
    })
  })
}

/** Read by a program; a sentence is enough. */
const oneClickText = 'You are unsubscribed.\n'

const userAgentLengthMax = 512

const browserOf = ({ ip, headers }: FastifyRequest): Browser => ({
  ip,
  userAgent: (headers['user-agent'] ?? '').slice(0, userAgentLengthMax),
})
