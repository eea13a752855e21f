import { createHash } from 'node:crypto'
import type { RawRequest, Source } from '@ledger/sources'
import * as z from 'zod'
import type { AppDeps } from './app-deps.ts'

type Deps = Pick<AppDeps, 'ledger' | 'desk' | 'queries'>

/** What is sealed of a request: enough to read it again, and not its signature. */
const keptSchema = z.object({
  method: z.enum(['GET', 'POST']),
  url: z.string(),
  contentType: z.string().nullable(),
  isStale: z.boolean(),
  body: z.string(),
})

/** The source of a kept request, as its path names it. */
export const pathOf = ({ provider, name }: Source): string => `${provider}/${name}`

/** Keeps a request that nobody could read, sealed and once, and lists it for review. */
export async function keepRequest(
  { ledger, desk, queries }: Deps,
  source: Source,
  raw: RawRequest,
  isStale: boolean,
): Promise<void> {
  const from = pathOf(source)
  const hash = createHash('sha256').update(raw.body).digest('hex')
  const id: string = ledger.keyring.eventId(`urn:unreadable:${from}`, hash)
  const { method, url, headers } = raw
  const contentType = headers['content-type'] ?? null
  const body = Buffer.from(raw.body).toString('base64')
  const kept: z.input<typeof keptSchema> = { method, url, contentType, isStale, body }
  const at = queries.now()
  const sealed = ledger.keyring.sealBody(id, Buffer.from(JSON.stringify(kept), 'utf8'))
  await desk.keepBody({ id, at, source: from, sealed })
  await desk.addReview({ id, at, kind: 'unreadable-body', subject: null, eventId: null })
}

/** A kept request, as it came in. */
export type KeptRequest = {
  readonly source: string
  readonly raw: RawRequest
  readonly isStale: boolean
}

/** The kept request of a review; null when there is none, or it gave way to newer ones. */
export async function openKept({ ledger, desk }: Deps, id: string): Promise<KeptRequest | null> {
  const found = await desk.keptBody(id)
  const opened = found === null ? null : ledger.keyring.openBody(id, found.sealed)
  if (found === null || opened === null) return null
  const kept = keptSchema.parse(JSON.parse(opened.toString('utf8')))
  const { method, url, contentType, isStale } = kept
  const headers = contentType === null ? {} : { 'content-type': contentType }
  const raw = { method, url, headers, body: Buffer.from(kept.body, 'base64') }
  return { source: found.source, raw, isStale }
}
