import type { AppDeps, InPersonRow } from '../app-deps.ts'
import { callerOf } from '../authorise.ts'
import { refuseEncoded } from '../body-parsers.ts'
import { bodyBytesMax, itemsMax } from '../limits.ts'
import { RequestRefused } from '../problem.ts'
import { answers } from '../schemas/problems.ts'
import {
  inPersonAnswerSchema,
  inPersonBodySchema,
  inPersonDescription,
  inPersonParams,
} from '../schemas/in-person.ts'
import type { ItemOutcome, ReadItem, SignalDesk } from '../take-signals.ts'
import type { ZodApp } from '../zod-app.ts'

const mediaTypes = ['application/json', 'text/csv']

/** How many rows are recorded together. */
const chunkSize = 1_000

const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i

/** Other letters than UTF-8 would be read as other addresses. */
function refuseOtherCharsets(contentType: string): void {
  const named = charset.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8'
  if (!['utf-8', 'utf8', 'us-ascii'].includes(named)) {
    throw new RequestRefused('unsupported-media-type', { field: 'content-type' })
  }
}

/** `POST /sources/in-person/:name`: a batch from a till or tablet, or a file. */
export function inPersonRoutes(app: ZodApp, deps: AppDeps, desk: SignalDesk): void {
  const read = deps.sourcesInPerson
  if (read === undefined) return
  // The source reads the body itself, so it is handed over as it came.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(mediaTypes, { parseAs: 'buffer' }, (request, body, done) => {
    try {
      refuseEncoded(request.headers['content-encoding'])
      refuseOtherCharsets(request.headers['content-type'] ?? '')
      done(null, body)
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
        description: inPersonDescription,
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
      const rowsMax = itemsMax.inPersonRows
      const batch = read(request.params.name, mediaType, request.body, rowsMax)
      if (batch === null) throw new RequestRefused('unknown-source')
      if ('problem' in batch) throw new RequestRefused('invalid-request', batch.problem)
      if (batch.rowCount > rowsMax) throw new RequestRefused('too-many-items')
      const results: ReturnType<typeof resultOf>[] = []
      for (const rows of chunksOf(batch.signals)) {
        const outcomes = await desk.recordAll(rows.map(itemOf), callerOf(request))
        results.push(...outcomes.map((each, index) => resultOf(rows[index], each)))
      }
      return reply.send({ results })
    },
  )
}

function* chunksOf(rows: Iterable<InPersonRow>): Generator<readonly InPersonRow[]> {
  let chunk: InPersonRow[] = []
  for (const row of rows) {
    chunk.push(row)
    if (chunk.length < chunkSize) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

function itemOf(row: InPersonRow): ReadItem {
  if ('signal' in row) return { ok: true, id: row.signal.id, signal: row.signal }
  return { ok: false, id: row.id ?? null, action: 'unknown', problem: row.problem }
}

/** What became of a row, with the column of its problem in place of the signal's field. */
function resultOf(row: InPersonRow | undefined, outcome: ItemOutcome) {
  if (row === undefined) throw new Error('an outcome of no row')
  const problem = 'problem' in outcome ? outcome.problem : undefined
  if (problem?.field === undefined || !('signal' in row) || row.columnOf === undefined) {
    return { row: row.row, ...outcome }
  }
  return { row: row.row, ...outcome, problem: { ...problem, field: row.columnOf(problem.field) } }
}
