import { rebuildAnswer } from '../answers.ts'
import type { AdminDoors } from '../app-deps.ts'
import { RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import { rebuildSchema } from '../schemas/operations.ts'
import type { ZodApp } from '../zod-app.ts'

const tags = ['operations']
const response = answers(rebuildSchema)

/** `/v1/rebuild`: the read model made anew from the log, while the old one goes on answering. */
export function rebuildRoutes(app: ZodApp, admin: AdminDoors | undefined): void {
  if (admin === undefined) return

  app.post(
    '/v1/rebuild',
    { schema: { summary: 'Start a rebuild of the read model', tags, response } },
    async (_request, reply) => {
      const { state } = await admin.rebuildStatus()
      if (state === 'running') throw new RequestRefused('rebuild-running')
      return reply.send(rebuildAnswer(await admin.startRebuild()))
    },
  )

  app.get(
    '/v1/rebuild',
    { schema: { summary: 'How far the rebuild has come', tags, response } },
    async (_request, reply) => reply.send(rebuildAnswer(await admin.rebuildStatus())),
  )

  app.delete(
    '/v1/rebuild',
    { schema: { summary: 'Cancel the rebuild; the old read model stays', tags, response } },
    async (_request, reply) => reply.send(rebuildAnswer(await admin.cancelRebuild())),
  )
}
