import * as z from 'zod'
import { permissionReasons, states } from '@ledger/domain'
import { itemsMax } from '../limits.ts'
import { eventIdText, instantInput, stateFields } from './fields.ts'
import { freshnessSchema } from './freshness.ts'
import { itemProblemSchema } from './problems.ts'

/** One bad address must not fail its neighbours, so each is read by itself, in its place. */
const addresses = z
  .array(
    z.unknown().meta({
      type: 'object',
      required: ['kind', 'value'],
      properties: { kind: { type: 'string' }, value: { type: 'string' } },
      additionalProperties: false,
    }),
  )
  .min(1)
  .meta({ maxItems: itemsMax.addresses })

const question = {
  group: z.string().min(1).max(256),
  addresses,
  atLeast: z
    .string()
    .max(128)
    .optional()
    .meta({ description: 'Wait until this position is visible.' }),
  consistency: z
    .enum(['window', 'strong'])
    .optional()
    .meta({ description: 'strong: read the log itself.' }),
}

export const stateBodySchema = z.strictObject({
  ...question,
  at: instantInput.optional().meta({ description: 'As in force at this instant.' }),
  knownAt: z
    .string()
    .max(128)
    .optional()
    .meta({ description: 'As known at this instant or position.' }),
})
export type StateBody = z.output<typeof stateBodySchema>

export const permissionsBodySchema = z.strictObject(question)
export type PermissionsBody = z.output<typeof permissionsBodySchema>

const asked = { address: z.unknown() }

export const stateResultSchema = z.union([
  z.object({ ...asked, ...stateFields }).readonly(),
  z.object({ ...asked, problem: itemProblemSchema }).readonly(),
])
export type StateResultAnswer = z.infer<typeof stateResultSchema>

export const stateAnswerSchema = z
  .object({ results: z.array(stateResultSchema).readonly(), freshness: freshnessSchema })
  .readonly()

export const permissionResultSchema = z
  .object({
    ...asked,
    permitted: z.boolean(),
    reason: z.enum(permissionReasons),
    state: z.enum(states).nullable(),
    decisiveEventId: eventIdText.nullable(),
    policyVersion: z.string(),
  })
  .readonly()
export type PermissionResultAnswer = z.infer<typeof permissionResultSchema>

export const permissionsAnswerSchema = z
  .object({ results: z.array(permissionResultSchema).readonly(), freshness: freshnessSchema })
  .readonly()
