import { runCommand } from './start-standalone.ts'

/** How a command ended, and what it said. */
export type Ended = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the ledger on a data folder to its end. */
export async function runToEnd(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const command = runCommand(folder, args, env)
  const { code } = await command.ended
  return { code, ...command.said() }
}
