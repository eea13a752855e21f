import * as z from 'zod'
import { instantText, positionText } from './fields.ts'

export const freshnessSchema = z
  .object({
    asOf: instantText.meta({ description: 'Every event recorded by then is in the answer.' }),
    lagMs: z.number(),
    position: positionText.nullable(),
    windowMs: z.number(),
    withinWindow: z.boolean(),
    parked: z.number().meta({ description: 'Events set aside; their subjects are held.' }),
  })
  .readonly()
  .meta({ id: 'Freshness', description: 'How far behind the answer is.' })
