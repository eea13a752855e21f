import type { GroupId } from '@ledger/domain'
import { states } from '@ledger/domain'
import type { AppDeps } from '../app-deps.ts'
import { callerOf } from '../authorise.ts'
import { exportMembers } from '../export-members.ts'
import { exportPerson } from '../export-person.ts'
import { RequestRefused } from '../problem.ts'
import {
  membersExportAnswer,
  membersExportBody,
  personExportAnswer,
  personExportBody,
} from '../schemas/exports.ts'
import { groupParams } from '../schemas/groups.ts'
import { answers } from '../schemas/problems.ts'
import type { ZodApp } from '../zod-app.ts'

type Deps = Pick<AppDeps, 'ledger' | 'queries' | 'readModel' | 'reader' | 'desk' | 'logger'>

/** Said in the log of whoever was shown people: by which key, of what, how much; never what. */
const handedOut = 'personal data was handed out'

/** `POST /v1/groups/:id/export`: a group's members with their addresses. */
export function memberExportRoutes(app: ZodApp, deps: Deps): void {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  app.post(
    '/v1/groups/:id/export',
    {
      schema: {
        summary: 'The members of a group with their addresses, as a stream',
        tags: ['groups'],
        params: groupParams,
        body: membersExportBody,
        response: membersExportAnswer,
      },
    },
    async (request, reply) => {
      const group = deps.ledger.groups.get(request.params.id as GroupId)?.id
      if (group === undefined) throw new RequestRefused('unknown-group')
      const { keyId } = callerOf(request)
      const progress = { rows: 0, isWhole: false }
      const asked = request.body.states ?? states
      reply.raw.once('close', () => {
        deps.logger.info(
          { door: 'POST /v1/groups/:id/export', keyId, group, ...progress },
          handedOut,
        )
      })
      const lines = exportMembers(deps, group, [...new Set(asked)], progress, closing.signal)
      reply.type('application/x-ndjson')
      return reply.send(ReadableStream.from(lines) as never)
    },
  )
}

/** `POST /v1/subjects/export`: all that is known of one person. */
export function personExportRoutes(app: ZodApp, deps: Deps): void {
  app.post(
    '/v1/subjects/export',
    {
      schema: {
        summary:
          'All that the ledger holds of the person at an address, for who asks for their data',
        tags: ['subjects'],
        body: personExportBody,
        response: answers(personExportAnswer),
      },
    },
    async (request, reply) => {
      const found = await exportPerson(deps, request.body.address)
      if (found === null) throw new RequestRefused('unknown-subject')
      const subjects = found.subjects.map(({ subject }) => subject)
      const rows = found.subjects.reduce((sum, { events }) => sum + events.length, 0)
      const { keyId } = callerOf(request)
      deps.logger.info({ door: 'POST /v1/subjects/export', keyId, subjects, rows }, handedOut)
      return reply.send(found)
    },
  )
}
