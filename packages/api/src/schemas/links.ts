import * as z from 'zod'
import { addressSchema, scopeSchema } from '@ledger/domain'
import { itemsMax } from '../limits.ts'
import { linkPurposes, tokenLengthMax } from '../links/link-token.ts'
import { instantInput, instantText } from './fields.ts'
import { itemProblemSchema } from './problems.ts'

export const linkParams = z.object({ token: z.string().max(tokenLengthMax) })

export const linkAnswerSchema = z
  .string()
  .meta({ description: 'A page without scripts; plain text for a one-click request.' })

/** One bad address must not fail its neighbours, so each is read by itself, in its place. */
const addresses = z
  .array(z.unknown().meta({ ...z.toJSONSchema(addressSchema), $schema: undefined }))
  .min(1)
  .meta({ maxItems: itemsMax.addresses })

export const tokensBodySchema = z.strictObject({
  purpose: z.enum(linkPurposes),
  scope: scopeSchema.meta({ description: 'What is left by the link; a group, to confirm one.' }),
  addresses,
  expiresAt: instantInput.optional().meta({
    description:
      'Unsubscribe links never run out and take none; a preferences link runs for 30 days, at ' +
      'most 366, a confirm link for 7 at most.',
  }),
})

export const mintedSchema = z
  .object({
    address: z.unknown(),
    token: z.string(),
    url: z.string(),
    expiresAt: instantText.nullable(),
    headers: z
      .object({ 'List-Unsubscribe': z.string(), 'List-Unsubscribe-Post': z.string() })
      .readonly()
      .optional()
      .meta({ description: 'For the e-mail, both under its DKIM signature (RFC 8058).' }),
  })
  .readonly()

export const tokensAnswerSchema = z
  .object({
    results: z
      .array(
        z.union([
          mintedSchema,
          z.object({ address: z.unknown(), problem: itemProblemSchema }).readonly(),
        ]),
      )
      .readonly(),
  })
  .readonly()
export type TokenResult = z.infer<typeof tokensAnswerSchema>['results'][number]
