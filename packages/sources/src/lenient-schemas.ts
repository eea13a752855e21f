import * as z from 'zod'

/** A field that counts as missing when it is not what we know: providers add and change freely. */
export const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)
export const optionalText = optional(z.string())
export const anything = z.unknown().optional()

/** An id that may come as a number. */
export const idSchema = z.union([z.string().min(1), z.number().transform(String)])
