import * as z from 'zod'
import { groupIdSchema } from '@ledger/domain'

/** An id as text; a number stands for its digits. */
const idText = z.union([z.string(), z.int().transform(String)], 'expected text')

/** One or many ids; null and nothing at all say the same. */
const ids = z
  .union([z.array(idText), idText.transform((id) => [id])], 'expected text or a list of texts')
  .nullish()
  .transform((list) => list ?? [])

const groupId = z
  .string('expected the id of a subscription group')
  .trim()
  .refine((id) => groupIdSchema.safeParse(id).success, 'expected the id of a subscription group')

const stateOf = <const State extends string>(states: readonly [State, ...State[]]) =>
  z
    .string(`expected ${states.join(' or ')}`)
    .meta({ enum: [...states] })
    .transform((state) => state.trim().toLowerCase())
    .pipe(z.enum(states, `expected ${states.join(' or ')}`))

const groupState = stateOf(['subscribed', 'unsubscribed'])
const emailState = stateOf(['opted_in', 'subscribed', 'unsubscribed'])

/** On whose word, if it is not the backend's own. They are read by the law, not here. */
export const actFields = {
  actor: z.unknown().optional().meta({ description: 'Who acted; `system` by default.' }),
  method: z.unknown().optional().meta({ description: 'How; `api` by default.' }),
  evidence: z.unknown().optional().meta({ description: 'What shows it.' }),
}

const groupOfState = {
  subscription_group_id: groupId,
  subscription_state: groupState,
  use_double_opt_in_logic: z.boolean('expected true or false').nullish(),
  ...actFields,
}

/** The body of `POST /subscription/status/set`. */
export const setBodySchema = z.looseObject({
  ...groupOfState,
  external_id: ids,
  email: ids,
  phone: ids,
})

/** One group in the body of `POST /v2/subscription/status/set`. */
export const setGroupSchema = z.looseObject({
  ...groupOfState,
  external_ids: ids,
  emails: ids,
  phones: ids,
})

/** The body of `POST /v2/subscription/status/set`, as it is described. */
export const setManyBodySchema = z.looseObject({
  subscription_groups: z.array(setGroupSchema).min(1),
  ...actFields,
})

/** One group in an object of `attributes`. */
export const trackedGroupSchema = z.looseObject(groupOfState)

const textOrNothing = idText.nullish()

/** Who an object of `attributes` is about, and the global e-mail state. */
export const attributesSchema = z.looseObject({
  external_id: textOrNothing,
  user_alias: z.looseObject({ alias_name: idText, alias_label: idText }).nullish(),
  braze_id: textOrNothing,
  email: textOrNothing,
  phone: textOrNothing,
  subscription_groups: z.array(z.unknown(), 'expected a list').nullish(),
  email_subscribe: z.unknown().optional(),
})
export const emailSubscribeSchema = emailState.nullish()

const tracked = z.array(z.looseObject({})).optional()
/** The body of `POST /users/track`, as it is described. */
export const trackBodySchema = z.looseObject({
  attributes: z
    .array(
      attributesSchema.extend({
        subscription_groups: z.array(trackedGroupSchema).nullish(),
        email_subscribe: emailSubscribeSchema,
      }),
    )
    .optional(),
  events: tracked,
  purchases: tracked,
  ...actFields,
})

/** The body of `POST /email/status`. */
export const emailStatusBodySchema = z.looseObject({
  email: ids,
  subscription_state: emailState,
  ...actFields,
})

const idsInQuery = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .meta({ description: 'Once, repeated, or repeated as `name[]`; at most 50.' })

const whoInQuery = { external_id: idsInQuery, email: idsInQuery, phone: idsInQuery }

/** The query of `GET /subscription/status/get`, as it is described. */
export const statusGetQuery = z.object({ subscription_group_id: z.string(), ...whoInQuery })

/** The query of `GET /subscription/user/status`, as it is described. */
export const userStatusQuery = z.object({
  ...whoInQuery,
  limit: z.string().optional().meta({ description: 'Users in one answer, 1 to 100.' }),
  offset: z.string().optional().meta({ description: 'Users to leave out first.' }),
})

/** What may go along with a write. */
export const writeHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .meta({ description: 'The same key again records nothing twice.' }),
})

/** What may go along with a read. */
export const readHeaders = z.looseObject({
  'x-ledger-at-least': z
    .string()
    .optional()
    .meta({ description: 'Wait until this position is visible, as X-Ledger-Position gave it.' }),
})

const errorSchema = z.union([
  z.string(),
  z.object({ type: z.string(), input_array: z.string(), index: z.int() }).readonly(),
])
export type BrazeError = z.infer<typeof errorSchema>

const success = { message: z.literal('success'), errors: z.array(errorSchema).optional() }
const written = z.object(success).readonly()

const trackWritten = z
  .object({
    ...success,
    attributes_processed: z.int().optional(),
    events_processed: z.int().optional(),
    purchases_processed: z.int().optional(),
  })
  .readonly()
export type TrackWritten = z.infer<typeof trackWritten>

const statuses = z
  .object({
    status: z.record(z.string(), z.enum(['Subscribed', 'Unsubscribed', 'Unknown'])),
    message: z.literal('success'),
  })
  .readonly()

const brazeUser = z
  .object({
    email: z.string().nullable(),
    phone: z.string().nullable(),
    external_id: z.string().nullable(),
    subscription_groups: z
      .array(
        z
          .object({
            id: z.string(),
            name: z.string(),
            channel: z.string(),
            status: z.enum(['Subscribed', 'Unsubscribed']),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly()
export type BrazeUser = z.infer<typeof brazeUser>

const users = z
  .object({
    users: z.array(brazeUser).readonly(),
    total_count: z.int(),
    message: z.literal('success'),
  })
  .readonly()

/** Every failure of these doors. `code` is ours, and stands in docs/errors.md. */
export const brazeFailureSchema = z
  .object({ message: z.string(), errors: z.array(errorSchema).readonly(), code: z.string() })
  .readonly()
  .meta({ id: 'BrazeFailure' })
export type BrazeFailure = z.infer<typeof brazeFailureSchema>

const failures = { '4xx': brazeFailureSchema, '5xx': brazeFailureSchema }
export const brazeAnswers = {
  written: { 201: written, ...failures },
  tracked: { 201: trackWritten, ...failures },
  statuses: { 200: statuses, ...failures },
  users: { 200: users, ...failures },
}
