import { readFileSync } from 'node:fs'
import { ConfigError } from '@ledger/runtime'
import type { Source } from '@ledger/sources'
import { providers, readSources } from '@ledger/sources'

/**
 * Reads the providers' webhooks that are set up; none without a file.
 * @throws ConfigError with everything that is wrong with the file
 */
export function readSourcesFile(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): readonly Source[] {
  if (path === undefined) return []
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new ConfigError([{ name: 'SOURCES_FILE', problem: 'cannot be read' }])
  }
  const read = readSources(text, env, providers)
  if (!read.ok) throw new ConfigError(read.faults)
  return read.sources
}
