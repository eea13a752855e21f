import * as z from 'zod'
import { microsPerDay, microsPerHour } from './instant.ts'

/** The rules of precedence, P0 to P26; each is a named test in `precedence.test.ts`. */
export const ruleIdSchema = z.string().regex(/^P\d{1,2}b?$/)
export type RuleId = z.infer<typeof ruleIdSchema>

export const clockSchema = z.enum(['server', 'provider', 'device', 'human'])
export type Clock = z.infer<typeof clockSchema>

/**
 * The figures by which a signal is classified once, when it is written. The text of the law is
 * code; what may change with a legislator or a tenant is here, under a version that every event
 * names.
 */
export const policySchema = z.strictObject({
  version: z.string(),
  /**
   * How far each clock may be off, in microseconds. A tenant may enlarge these, never shrink them.
   */
  clockMarginMicros: z.record(clockSchema, z.int().nonnegative()),
  /** An opt-out claimed further back than this counts from its recording. */
  optOutClaimAgeMicrosMax: z.int().positive(),
  /** The reach of a provider-confirmed START before an inferred opt-out (P19). */
  confirmedStartMicros: z.int().positive(),
})
export type Policy = z.infer<typeof policySchema>

/** `default-2026.1`: precedence facts section 5, with the refinements of design section 4. */
export const defaultPolicy: Policy = {
  version: 'default-2026.1',
  clockMarginMicros: {
    server: 0,
    provider: 0,
    device: 24 * microsPerHour,
    human: 24 * microsPerHour,
  },
  optOutClaimAgeMicrosMax: 30 * microsPerDay,
  confirmedStartMicros: 72 * microsPerHour,
}
