import * as z from 'zod'

/** One thing that is wrong with the configuration. Never holds the value. */
export type ConfigFault = { readonly name: string; readonly problem: string }

/** Said once with every fault, so that an operator mends them in one go. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ name, problem }) => `  ${name}: ${problem}`)
    super(['the configuration is wrong:', ...lines].join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** A whole number between two bounds, both included. */
export const integerField = ({ min, max }: { readonly min: number; readonly max: number }) => {
  const message = `expected a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^-?\d{1,15}$/, { message, abort: true })
    .transform(Number)
    .refine((number) => number >= min && number <= max, message)
}

/** A switch: `true`, `1`, `yes`, `on` and their opposites; anything else is a fault, not a no. */
export const flagField = () => {
  const meanings = new Map([
    ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
    ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
  ])
  return z.string().transform((word, context) => {
    const isOn = meanings.get(word.toLowerCase())
    if (isOn !== undefined) return isOn
    context.addIssue({ code: 'custom', message: 'expected true or false' })
    return z.NEVER
  })
}

/**
 * Reads the environment once, at the door. A variable that is set to nothing counts as not set, as
 * compose files write it. Names that the schema does not know are left alone: the environment is
 * not ours.
 * @throws ConfigError with every fault there is, and no value
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => {
      const value = env[name]?.trim()
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new ConfigError(
    parsed.error.issues.map((issue) => {
      const name = issue.path.map(String).join('.') || 'configuration'
      const isMissing = issue.code === 'invalid_type' && !Object.hasOwn(given, name)
      return { name, problem: isMissing ? 'must be set' : issue.message }
    }),
  )
}
