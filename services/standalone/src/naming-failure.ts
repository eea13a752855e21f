import { Outage } from '@ledger/ledger'

/**
 * Says which file it was that could not be used: what SQLite says of a damaged file or a full disk
 * names none. What says so already, such as a file of another version, passes as it is.
 */
export async function namingFailure<Result>(
  file: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const isNameless = error instanceof Outage || (error instanceof Error && 'errcode' in error)
    if (!isNameless) throw error
    const cause = error instanceof Outage ? (error.cause ?? error) : error
    throw new Error(`the ${file} cannot be used`, { cause })
  }
}
