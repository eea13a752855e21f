/** The last second of the year 9999, which is the last one that RFC 3339 can write. */
const secondsMax = 253_402_300_799

/**
 * A time that a provider counts since 1970, in RFC 3339: as a number or as its digits, whichever
 * the provider was in the mood for. Undefined for anything else.
 */
export function instantSince1970(value: unknown, unit: 's' | 'ms'): string | undefined {
  const isDigits = typeof value === 'string' && /^\d{1,16}$/.test(value)
  const count = isDigits ? Number(value) : value
  if (typeof count !== 'number' || !Number.isFinite(count) || count <= 0) return undefined
  const ms = unit === 's' ? count * 1_000 : count
  return ms > secondsMax * 1_000 ? undefined : new Date(ms).toISOString()
}
