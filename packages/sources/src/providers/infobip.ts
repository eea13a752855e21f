import * as z from 'zod'
import { phoneOf } from '../phone-of.ts'
import type { Provider, ReadContext, Reading } from '../provider.ts'
import { believed, nothingSaid, plainAnswer } from '../provider.ts'
import type { RawRequest } from '../raw-request.ts'
import { jsonOf } from '../raw-request.ts'
import { textSignals } from '../text-signals.ts'

/**
 * Infobip, inbound SMS in the format MO_JSON_2, many in one request. Facts: sms.md section 7. What
 * it may sign is not documented well enough to rely on, so its sources need a credential.
 */
export const infobip: Provider = {
  name: 'infobip',
  methods: ['POST'],
  signing: 'never',
  needs: [],
  takes: [],
  verify: () => believed,
  toSignals,
  answer: plainAnswer,
}

const batchSchema = z.object({ results: z.array(z.unknown()) })
const resultSchema = z.object({
  messageId: z.string().min(1),
  from: z.string().min(1),
  to: z.string().catch(''),
  // `cleanText` lacks the keyword.
  text: z.string(),
  receivedAt: z.string().optional().catch(undefined),
})

function toSignals(raw: RawRequest, context: ReadContext): Reading | null {
  const batch = batchSchema.safeParse(jsonOf(raw))
  if (!batch.success) return null
  const readings = batch.data.results.map((result) => readResult(result, context))
  return {
    signals: readings.flatMap(({ signals }) => signals),
    ignored: readings.flatMap(({ ignored }) => ignored),
    hasUnreadable: readings.some(({ hasUnreadable }) => hasUnreadable),
  }
}

/** One of the batch; a broken one costs nobody else. */
function readResult(result: unknown, context: ReadContext): Reading {
  const parsed = resultSchema.safeParse(result)
  if (!parsed.success) {
    // A delivery report has a status and no text; anything else is for a person to look at.
    const isReport = z.object({ status: z.unknown() }).safeParse(result).success
    return isReport ? nothingSaid('status') : { signals: [], ignored: [], hasUnreadable: true }
  }
  const { messageId, from, to, text, receivedAt } = parsed.data
  return textSignals(
    {
      urn: 'urn:infobip:sms',
      messageId,
      from: phoneOf(from),
      channel: 'sms',
      to,
      text,
      method: 'sms-keyword',
      // `+0000`, without the colon that RFC 3339 asks for.
      claimedAt: receivedAt?.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'),
    },
    context,
  )
}
