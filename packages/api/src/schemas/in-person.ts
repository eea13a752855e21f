import * as z from 'zod'
import { itemsMax } from '../limits.ts'
import { signalAnswerSchema } from './signals.ts'

export const inPersonParams = z.object({ name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/) })

export const inPersonDescription = [
  'CSV with a header line (UTF-8; comma, semicolon or tab), or JSON `{ "items": [...] }`, at most',
  `8 MiB and ${itemsMax.inPersonRows} rows. The columns, which are the fields of an item too, are`,
  'described in docs/import.md. Rows are answered one by one, in order; a row that is an opt-out',
  'of several addresses, or an item of several groups, is answered for each. The same body again,',
  'or the same item in another batch, is a duplicate. A row that says in any cell that somebody',
  'wants out is recorded by its safest reading, whatever else is wrong with it.',
].join(' ')

const text = z.string().optional()
const about = {
  store_id: text,
  device_id: text,
  associate_id: text,
  method: text.meta({ examples: ['paper-form', 'tablet', 'verbal'] }),
  app_version: text,
  sent_at: text.meta({
    format: 'date-time',
    description: 'By the clock of the device, at the sending; stamped anew for each retry.',
  }),
  form: z
    .object({ id: text, version: z.unknown(), language: text, disclosure_ref: text })
    .partial()
    .optional(),
}

const itemSchema = z
  .object({
    ...about,
    item_id: text.meta({ description: 'Made on the device as the person acts; kept in retries.' }),
    line_id: text.meta({ description: 'Within `batch_id`, where there is no `item_id`.' }),
    address: z.unknown().meta({ description: '`phone:+1...`, or `{ kind, value }`.' }),
    phone: text,
    email: text,
    external_id: text,
    action: text.meta({ description: 'opt-in or opt-out.' }),
    group: text,
    groups: z.array(z.string()).optional(),
    brand: text,
    family: text,
    channels: z.array(z.string()).optional(),
    occurred_at: text.meta({ format: 'date-time', description: 'When the person acted.' }),
    clock: z.unknown().meta({ description: '`{ source, boot_id, monotonic_ms }`, or the source.' }),
    signature: z.object({ blob_ref: text, sha256: text }).partial().optional(),
  })
  .loose()

const batchSchema = z.object({ ...about, batch_id: text, items: z.array(itemSchema) }).loose()

const { $schema: _dialect, ...batch } = z.toJSONSchema(batchSchema)

/** The source reads the bytes itself, row by row; what it takes is described here only. */
export const inPersonBodySchema = z.instanceof(Uint8Array).meta({
  anyOf: [{ type: 'string', description: 'CSV with a header line.' }, batch],
})

export const inPersonAnswerSchema = z
  .object({
    results: z
      .array(
        signalAnswerSchema
          .unwrap()
          .extend({
            row: z
              .int()
              .meta({ description: 'From 1, below the header. A problem names a column.' }),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly()
