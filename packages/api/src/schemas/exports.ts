import * as z from 'zod'
import { addressSchema, states } from '@ledger/domain'
import { eventIdText, instantText, stateFields, subjectIdText } from './fields.ts'
import { freshnessSchema } from './freshness.ts'
import { problemsOnly } from './problems.ts'
import { historyItemSchema } from './subjects.ts'

export const membersExportBody = z.strictObject({
  states: z
    .array(z.enum(states))
    .min(1)
    .max(states.length)
    .optional()
    .meta({ description: 'Members in these states; in all of them when absent.' }),
})

const ownAddress = z.object({ kind: z.string(), value: z.string() }).readonly()

const memberLineSchema = z
  .object({
    address: ownAddress,
    subject: subjectIdText,
    group: z.string(),
    state: z.enum(states),
    since: instantText.nullable(),
    decisiveEventId: eventIdText.nullable(),
    held: z.boolean(),
    sendBlock: z.boolean(),
  })
  .readonly()
export type MemberLine = z.infer<typeof memberLineSchema>

const lastLineSchema = z
  .object({
    end: z
      .object({
        rows: z.int(),
        withoutAddress: z.int().meta({ description: 'Members who were erased; not listed.' }),
        freshness: freshnessSchema.meta({ description: 'As the export began.' }),
      })
      .readonly(),
  })
  .readonly()
export type LastLine = z.infer<typeof lastLineSchema>

/** Lines of JSON: a member each, and one that says that it was all. */
export const membersExportAnswer = {
  ...problemsOnly,
  200: {
    description: 'A member per line; a last line `{ "end": ... }`, without which it is not all.',
    content: { 'application/x-ndjson': { schema: z.union([memberLineSchema, lastLineSchema]) } },
  },
}

export const personExportBody = z.strictObject({ address: addressSchema })

const groupState = z.object({ group: z.string(), ...stateFields }).readonly()

const eventSchema = historyItemSchema
  .unwrap()
  .extend({
    data: z.unknown().meta({ description: 'What stands in clear, as recorded; times in µs.' }),
    personal: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'What is sealed: source, id, address, evidence. Null once erased.' }),
  })
  .readonly()

export const personExportAnswer = z
  .object({
    subjects: z
      .array(
        z
          .object({
            subject: subjectIdText,
            address: ownAddress.nullable(),
            links: z
              .array(
                z
                  .object({ subject: subjectIdText, relation: z.string(), kind: z.string() })
                  .readonly(),
              )
              .readonly(),
            groups: z.array(groupState).readonly(),
            events: z.array(eventSchema).readonly(),
          })
          .readonly(),
      )
      .readonly(),
    sharedWith: z.int().meta({
      description: 'Other people who own one of these addresses too; ask for each by external id.',
    }),
    disclosures: z
      .record(z.string(), z.string())
      .meta({ description: 'The texts that were shown, by their ids in the evidence.' }),
    freshness: freshnessSchema,
  })
  .readonly()
export type PersonExport = z.infer<typeof personExportAnswer>
