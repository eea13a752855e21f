import type { AppDeps } from '../app-deps.ts'
import { callerOf } from '../authorise.ts'
import { refuseEncoded } from '../body-parsers.ts'
import { bodyBytesMax, itemsMax } from '../limits.ts'
import { RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import { inPersonAnswerSchema, inPersonBodySchema, inPersonParams } from '../schemas/operations.ts'
import type { ReadItem, SignalDesk } from '../take-signals.ts'
import type { ZodApp } from '../zod-app.ts'

const mediaTypes = ['application/json', 'text/csv']

/** How many rows are recorded together. */
const chunkSize = 1_000

/** `POST /sources/in-person/:name`: a batch from a till or tablet, or a file. */
export function inPersonRoutes(app: ZodApp, deps: AppDeps, desk: SignalDesk): void {
  const read = deps.sourcesInPerson
  if (read === undefined) return
  // The source reads the body itself, so it is handed over as it came.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(mediaTypes, { parseAs: 'buffer' }, (request, body, done) => {
    try {
      refuseEncoded(request.headers['content-encoding'])
      done(null, body.toString('utf8'))
    } catch (error) {
      done(error as Error)
    }
  })

  app.post(
    '/sources/in-person/:name',
    {
      bodyLimit: bodyBytesMax.inPerson,
      schema: {
        summary: 'Record a batch or a file of signals taken in person',
        tags: ['intake'],
        consumes: mediaTypes,
        params: inPersonParams,
        body: inPersonBodySchema,
        response: answers(inPersonAnswerSchema),
      },
    },
    async (request, reply) => {
      const type = (request.headers['content-type'] ?? '').toLowerCase()
      const mediaType = type.startsWith('text/csv') ? 'text/csv' : 'application/json'
      const batch = read(request.params.name, mediaType, request.body)
      if (batch === null) throw new RequestRefused('unknown-source')
      if ('problem' in batch) throw new RequestRefused('invalid-request', batch.problem)
      if (batch.signals.length > itemsMax.inPersonRows) throw new RequestRefused('too-many-items')
      const items = batch.signals.map((row): ReadItem => {
        if ('signal' in row) return { ok: true, id: row.signal.id, signal: row.signal }
        return { ok: false, id: row.id ?? null, action: 'unknown', problem: row.problem }
      })
      const outcomes = []
      for (let from = 0; from < items.length; from += chunkSize) {
        const chunk = items.slice(from, from + chunkSize)
        outcomes.push(...(await desk.recordAll(chunk, callerOf(request))))
      }
      const results = outcomes.map((each, index) => {
        return { row: batch.signals[index]?.row ?? index, ...each }
      })
      return reply.send({ results })
    },
  )
}
