import type { OwnProcess } from './start-standalone.ts'

/** How a command ended, with all that it said. */
export type CommandEnd = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Waits for the end of a command. */
export async function endOf(command: OwnProcess): Promise<CommandEnd> {
  const { code } = await command.ended
  return { code, ...command.said() }
}
