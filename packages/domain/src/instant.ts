/**
 * An instant in whole microseconds since 1970-01-01T00:00:00Z. Safe in a double until the year
 * 2255.
 */
export type Micros = number

export const microsPerMs = 1_000
export const microsPerHour = 3_600_000_000
export const microsPerDay = 24 * microsPerHour

const isoInstant =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/

/**
 * The first and the last instant the ledger tells apart. Producers write year 1 for "no date" and
 * year 9999 for "for ever"; as microseconds neither is a safe integer, and an event that held one
 * could never be read back. Both ends leave room to add or subtract any margin.
 */
export const instantMin: Micros = Date.UTC(1700, 0, 1) * microsPerMs
export const instantMax: Micros = Date.UTC(2250, 0, 1) * microsPerMs

/** Brings an instant within what the ledger tells apart. */
export const clampInstant = (at: Micros): Micros => Math.min(Math.max(at, instantMin), instantMax)

/**
 * Reads an RFC 3339 instant (date, time and offset are all required; digits past the microsecond
 * are cut, years before 1700 and after 2250 brought to these). Gives null for anything else, also
 * for dates that do not exist, such as 30 February.
 */
export function parseInstant(text: string): Micros | null {
  const match = isoInstant.exec(text)
  if (match === null) return null
  const [, year, month, day, hour, minute, second, fraction = '', offset] = match
  const wall = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const asUtcMs = Date.parse(`${wall}Z`)
  // Date.parse rolls 30 February over to March, and 24:00 to the next day; the day shows it.
  if (Number.isNaN(asUtcMs) || new Date(asUtcMs).getUTCDate() !== Number(day)) return null
  const isUtc = offset === 'Z' || offset === 'z'
  const ms = isUtc ? asUtcMs : Date.parse(`${wall}${offset}`)
  if (Number.isNaN(ms)) return null
  return clampInstant(ms * microsPerMs + Number(fraction.slice(0, 6).padEnd(6, '0')))
}

/** Writes an instant as RFC 3339 in UTC with six digits, so that text order is time order. */
export function formatInstant(at: Micros): string {
  const ms = Math.floor(at / microsPerMs)
  const rest = String(at - ms * microsPerMs).padStart(3, '0')
  return new Date(ms).toISOString().replace('Z', `${rest}Z`)
}

/** The UTC day of an instant, `YYYY-MM-DD`. */
export function utcDay(at: Micros): string {
  return new Date(Math.floor(at / microsPerMs)).toISOString().slice(0, 10)
}
