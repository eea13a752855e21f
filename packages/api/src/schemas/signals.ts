import * as z from 'zod'
import { signalDataSchemas, signalTypePrefix } from '@ledger/domain'
import { itemsMax } from '../limits.ts'
import { eventIdText, positionText } from './fields.ts'
import { itemProblemSchema } from './problems.ts'

/** As `signalDataSchemas` has it, in words that JSON Schema has too. */
const evidence = z.record(z.string(), z.unknown()).default({})

const cloudEvent = (action: string, data: z.ZodObject) =>
  z.looseObject({
    specversion: z.literal('1.0'),
    id: z.string().min(1).max(512),
    source: z.string().min(1).max(512),
    type: z.literal(`${signalTypePrefix}${action}`),
    time: z.string().optional().meta({ format: 'date-time' }),
    data: data.extend({ evidence }),
  })

const { replacement } = signalDataSchemas.correction.shape
const describedData = {
  ...signalDataSchemas,
  correction: signalDataSchemas.correction.extend({
    replacement: replacement.unwrap().extend({ evidence }).optional(),
  }),
}

const signalSchema = z
  .union(Object.entries(describedData).map(([action, data]) => cloudEvent(action, data)))
  .meta({ id: 'Signal', description: 'A CloudEvent 1.0.' })

/** What the door says it takes. It is read by `parseSignal`, item by item, not by this. */
export const signalsBodySchema = z.union([
  signalSchema,
  z.array(signalSchema).max(itemsMax.signals),
])

export const signalOutcomes = [
  'recorded',
  'duplicate',
  'quarantined',
  'conflict',
  'invalid',
] as const

/** What became of one signal. */
export const signalAnswerSchema = z
  .object({
    id: z.string().nullable().meta({ description: 'The id of the CloudEvent, if it had one.' }),
    outcome: z.enum(signalOutcomes),
    eventId: eventIdText.optional(),
    position: positionText.optional(),
    erased: z.boolean().optional(),
    problem: itemProblemSchema.optional(),
  })
  .readonly()
  .meta({ id: 'SignalAnswer' })
export type SignalAnswer = z.infer<typeof signalAnswerSchema>

export const signalsAnswerSchema = z.union([
  signalAnswerSchema,
  z.object({ results: z.array(signalAnswerSchema).readonly() }).readonly(),
])
