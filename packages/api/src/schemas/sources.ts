import { addressSchema } from '@ledger/domain'
import { failingProviders } from '@ledger/sources'
import * as z from 'zod'
import { instantText } from './fields.ts'
import { signalAnswerSchema } from './signals.ts'

const nameInPath = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/)

export const providerParams = z.object({ provider: nameInPath, name: nameInPath })

const outcomeSchema = signalAnswerSchema
  .unwrap()
  .extend({
    confirm: z
      .object({ token: z.string(), url: z.string(), expiresAt: instantText.nullable() })
      .readonly()
      .optional()
      .meta({ description: 'For the message that asks the person to confirm.' }),
  })
  .readonly()

const outcomesSchema = z
  .object({ results: z.array(outcomeSchema).readonly(), problem: z.string().optional() })
  .readonly()
  .meta({ description: 'To a backend of your own: what became of each signal.' })

export const providerAnswerSchema = z.union([
  z
    .string()
    .meta({ description: 'What the provider expects, in the content type that it expects.' }),
  outcomesSchema,
])

export const failureParams = z.object({ name: nameInPath })

/** A send that failed, as the sender's own code was told. */
export const failureBodySchema = z.strictObject({
  provider: z.enum(failingProviders),
  /** The provider's own; a number is read as its digits. */
  code: z.union([z.string().min(1).max(32), z.int().transform(String)]),
  messageId: z.string().min(1).max(512),
  submittedAt: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'When the message was handed to the provider.' }),
  account: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional()
    .meta({ description: 'The account at the provider, as its webhooks name it.' }),
  address: addressSchema,
})

export const failureAnswerSchema = z.union([
  signalAnswerSchema,
  z
    .object({ outcome: z.literal('ignored') })
    .readonly()
    .meta({ description: 'The code says nothing of consent.' }),
])

export const replayParams = z.object({ id: z.uuid() })

export const replayAnswerSchema = z
  .object({
    readable: z.boolean(),
    results: z.array(signalAnswerSchema).readonly(),
  })
  .readonly()
