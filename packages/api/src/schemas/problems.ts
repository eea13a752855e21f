import * as z from 'zod'

/** A problem of one item, in its place. */
export const itemProblemSchema = z
  .object({ code: z.string(), detail: z.string(), field: z.string().optional() })
  .readonly()
  .meta({ id: 'ItemProblem' })
export type ItemProblem = z.infer<typeof itemProblemSchema>

/** A failed request (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    field: z.string().optional(),
  })
  .readonly()
  .meta({ id: 'Problem' })

const problemResponse = {
  description: 'A problem document; see /docs/errors.',
  content: { 'application/problem+json': { schema: problemSchema } },
}

/** The answers of a door that are failures. */
export const problemsOnly = { '4xx': problemResponse, '5xx': problemResponse }

/** The answers of a door: the good one, and problems. */
export const answers = <Schema extends z.ZodType>(good: Schema) => ({
  200: good,
  ...problemsOnly,
})
